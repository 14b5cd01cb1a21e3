import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buildOverlay } from '../../src/cli/sandbox/program.js'
import { asRaw, text } from '../../src/kinds/index.js'
import type { EdgeWorld } from './edge-world.js'

/** A program of OpenZiti's own that runs beside a case. */
export type Counterpart = {
  readonly child: ChildProcess
  /** What it said so far, on both streams. */
  said(): string
  stop(): Promise<void>
}

/** Starts a program; its stdin stays open. */
export function startCounterpart(program: string, args: readonly string[]): Counterpart {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  const ended = once(child, 'close')
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', piece => {
      said += piece
    })
  child.stdin.on('error', () => undefined)
  return {
    child,
    said: () => said,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}

/** The Go SDK as a host that echoes, or as a client (stdin to the service, the service to stdout). */
export async function startSdk(args: readonly string[]): Promise<Counterpart> {
  return startCounterpart(await buildOverlay(line => void process.stderr.write(`${line}\n`)), ['sdk', ...args])
}

/** Sends bytes by the Go SDK's client, ends, and gives what it printed until the other side ended. */
export async function dialBySdk(args: readonly string[], bytes: Buffer): Promise<Buffer> {
  const { child, stop } = await startSdk(['dial', ...args])
  const pieces: Buffer[] = []
  let complaints = ''
  child.stdout?.on('data', piece => void pieces.push(piece))
  child.stderr?.on('data', piece => {
    complaints += piece
  })
  child.stdin?.end(bytes)
  const [code] = await once(child, 'close')
  await stop()
  assert.equal(code, 0, complaints)
  return Buffer.concat(pieces)
}

/** The file of an identity of the world. */
export function identityFileOf(world: EdgeWorld, identity: string): string {
  return join(world.outDir, identity === world.names.developer ? 'developers' : world.word, `${identity}.json`)
}

/** A service that only these two use, made by hand; gone with the world. */
export async function addService(
  world: EdgeWorld,
  name: string,
  options: { readonly encrypted: boolean; readonly port?: number },
): Promise<string> {
  const { admin, word, names } = world
  const full = `${name}.${word}`
  const configs = options.port === undefined ? [] : [await addHostConfig(world, full, options.port)]
  const { id } = await admin.create('/services', { name: full, encryptionRequired: options.encrypted, configs })
  for (const [type, identity] of [
    ['Bind', names.reflect],
    ['Dial', names.developer],
  ] as const) {
    const there = await world.find('identity', identity)
    await admin.create('/service-policies', {
      name: `${full}.${type}`,
      type,
      semantic: 'AnyOf',
      serviceRoles: [`@${id}`],
      identityRoles: [`@${there?.id}`],
    })
  }
  return full
}

async function addHostConfig({ admin }: EdgeWorld, name: string, port: number): Promise<string> {
  const [row] = await admin.list('/config-types', 'name = "host.v1"')
  const { id } = await admin.create('/configs', {
    name,
    configTypeId: text(asRaw(row, 'config type'), 'id', 'config type'),
    data: { protocol: 'tcp', address: '127.0.0.1', port },
  })
  return id
}
