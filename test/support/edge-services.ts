import assert from 'node:assert/strict'
import { request } from 'node:https'
import { asRaw, text } from '../../src/kinds/index.js'
import type { EdgeWorld } from './edge-world.js'
import type { World } from './world.js'

type Right = 'Bind' | 'Dial'

/** A service that only these two use, made by hand; gone with the world. */
export async function addService(
  world: EdgeWorld,
  name: string,
  options: {
    readonly encrypted: boolean
    readonly port?: number
    readonly host?: object
    readonly intercept?: object | undefined
  },
): Promise<string> {
  const { admin, word } = world
  const full = `${name}.${word}`
  const { port, host = port === undefined ? undefined : { protocol: 'tcp', address: '127.0.0.1', port } } = options
  const configs = [
    ...(host === undefined ? [] : [await addConfig(world, 'host.v1', full, host)]),
    ...(options.intercept === undefined ? [] : [await addConfig(world, 'intercept.v1', full, options.intercept)]),
  ]
  const { id } = await admin.create('/services', { name: full, encryptionRequired: options.encrypted, configs })
  assert.ok(id !== '')
  await grant(world, full, 'Bind')
  await grant(world, full, 'Dial')
  return full
}

/** Gives the workload the right to host, or the developer the right to dial, a service of `addService`. */
export async function grant(world: EdgeWorld, service: string, type: Right): Promise<void> {
  const identity = await world.find('identity', type === 'Bind' ? world.names.reflect : world.names.developer)
  const there = await world.find('service', service)
  await world.admin.create('/service-policies', {
    name: `${service}.${type}`,
    type,
    semantic: 'AnyOf',
    serviceRoles: [`@${there?.id}`],
    identityRoles: [`@${identity?.id}`],
  })
}

/** Takes that right away again. */
export async function revoke(world: EdgeWorld, service: string, type: Right): Promise<void> {
  await removeAll(world, '/service-policies', `name = "${service}.${type}"`)
}

/** Ends all API sessions of an identity. */
export async function endSessions(world: World, identity: string): Promise<void> {
  const there = await world.find('identity', identity)
  await removeAll(world, '/api-sessions', `identity = "${there?.id}"`)
}

/** Deletes the terminators of a service, behind the back of its hosts. */
export async function removeTerminators(world: World, service: string): Promise<void> {
  const there = await world.find('service', service)
  await removeAll(world, '/terminators', `service = "${there?.id}"`)
}

async function removeAll({ admin }: World, path: string, filter: string): Promise<void> {
  const ids = (await admin.list(path, filter)).map(row => text(asRaw(row, path), 'id', path))
  assert.notEqual(ids.length, 0, `none in ${path} with ${filter}`)
  await Promise.all(ids.map(id => admin.remove(path, id)))
}

async function addConfig({ admin }: EdgeWorld, type: string, name: string, data: object): Promise<string> {
  const [row] = await admin.list('/config-types', `name = "${type}"`)
  const { id } = await admin.create('/configs', {
    name: `${name}.${type}`,
    configTypeId: text(asRaw(row, 'config type'), 'id', 'config type'),
    data,
  })
  return id
}

/** Lets an identity in no longer, or again; the answer has no body, which the adapter would not take. */
export async function setEnabled({ admin, overlay, find }: World, identity: string, isEnabled: boolean): Promise<void> {
  const there = await find('identity', identity)
  const { token } = await admin.session()
  const url = `${overlay.url}/edge/management/v1/identities/${there?.id}/${isEnabled ? 'enable' : 'disable'}`
  const headers = { 'zt-session': token, 'content-type': 'application/json' }
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request(url, { method: 'POST', headers, ca: overlay.ca }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end(isEnabled ? '{}' : '{"durationMinutes":0}')
  })
  assert.equal(status, 200)
}
