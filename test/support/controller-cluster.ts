import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'mocha'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { type Controller, createController } from '../../src/controller/index.js'
import { ZpromError } from '../../src/errors.js'
import { canStartOverlays, freshOverlay, overlayProgram, type TestOverlay } from './overlay.js'
import { requires } from './requires.js'
import { suiteSecrets } from './secrets.js'
import { until } from './world-checks.js'

/** Three real controllers that form one cluster. Its first is an overlay like any other, without a router. */
export type ControllerCluster = {
  readonly overlay: TestOverlay
  /** Of all three; the first is the overlay's. */
  readonly urls: readonly string[]
  /** Ends one at once. */
  kill(url: string): Promise<void>
  /** Brings back those that were killed, and waits until there is a leader that has them all. */
  revive(): Promise<void>
  stop(): Promise<void>
}

type Member = { readonly url: string; kill(): Promise<void>; start(): Promise<void> }

/** Skips what needs a cluster of its own where none can be formed, and says why. */
export async function requiresCluster(context: Context): Promise<void> {
  requires(context, canStartOverlays(), 'it ends controllers, so it needs its own')
  const { line, stop } = await freshOverlay({ noRouter: true })
  await stop()
  requires(context, line === '2.x', 'only a ziti from 2.0 on forms a cluster (ZPROM_ZITI)')
}

/** Starts a cluster. Only programs that can form one will do: a ziti from 2.0 on (ZPROM_ZITI). */
export async function startControllerCluster(): Promise<ControllerCluster> {
  const overlay = await freshOverlay({ noRouter: true })
  const members: Member[] = [firstMember(overlay)]
  const killed = new Set<Member>()
  const stop = async () => {
    for (const member of members) if (!killed.has(member)) await member.kill()
    await overlay.stop()
  }
  try {
    for (const name of ['two', 'three']) members.push(await addMember(overlay, name))
    await untilWhole(overlay, members)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    overlay,
    urls: members.map(({ url }) => url),
    kill: async url => {
      const member = members.find(one => one.url === url)
      assert.ok(member !== undefined && !killed.has(member), url)
      killed.add(member)
      await member.kill()
    },
    revive: async () => {
      const ended = [...killed]
      killed.clear()
      await Promise.all(ended.map(member => member.start()))
      await untilWhole(overlay, members)
    },
    stop,
  }
}

function firstMember(overlay: TestOverlay): Member {
  return { url: overlay.url, kill: () => overlay.halt('SIGKILL'), start: () => overlay.start() }
}

// The quickstart of ziti keeps all members below one home, for they share its root CA.
async function addMember(overlay: TestOverlay, name: string): Promise<Member> {
  const { path: program } = await overlayProgram()
  const { home = '' } = overlay
  const [port = 0] = await findFreePorts(1)
  const url = `https://localhost:${port}`
  const env = {
    ...process.env,
    ZITI_CTRL_BIND_ADDRESS: '127.0.0.1',
    ZITI_CTRL_EDGE_BIND_ADDRESS: '127.0.0.1',
    ZITI_CONFIG_DIR: join(home, 'ziti-cli'),
  }
  let child: ChildProcess | undefined
  const run = (args: string[]) => {
    const log = openSync(join(home, '..', `${name}.log`), 'a', 0o600)
    child = spawn(program, args, { stdio: ['ignore', log, log], env })
    closeSync(log)
  }
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill('SIGKILL')
    await ended
  }
  run([
    ...['edge', 'quickstart', 'join', '--home', home, '--instance-id', name, '--trust-domain', 'quickstart'],
    ...['--ctrl-address', 'localhost', '--ctrl-port', String(port), '--no-router'],
    ...['--cluster-member', overlay.url.replace('https://', 'tls:'), '-u', overlay.username, '-p', overlay.password],
  ])
  const member: Member = {
    url,
    kill,
    start: async () => run(['controller', 'run', join(home, name, 'ctrl.yaml')]),
  }
  await untilMember(overlay, url)
  return member
}

async function untilMember(overlay: TestOverlay, url: string): Promise<void> {
  await until(
    `${url} is a member`,
    () => asking(overlay, url, async controller => (await listMembers(controller)).includes(url)),
    60_000,
  )
}

// A leader that is connected to all says so of each; the others follow it within a heartbeat.
async function untilWhole(overlay: TestOverlay, members: readonly Member[]): Promise<void> {
  for (const { url } of members) {
    await until(
      `${url} answers and takes changes`,
      () =>
        asking(overlay, url, async controller => {
          const { id } = await controller.create('/configs', await probeConfig(controller))
          await controller.remove('/configs', id)
          return (await listMembers(controller)).length === members.length
        }),
      180_000,
    )
  }
}

async function probeConfig(controller: Controller) {
  const types = (await controller.listByName('/config-types', ['host.v1'])) as { id: string }[]
  const data = { protocol: 'tcp', address: 'localhost', port: 1 }
  return { name: `probe-${Date.now()}-${Math.random()}`, configTypeId: types[0]?.id, data }
}

async function listMembers(controller: Controller): Promise<string[]> {
  const rows = (await controller.list('/controllers')) as {
    isOnline: boolean
    apiAddresses?: Record<string, { url: string }[]>
  }[]
  return rows.flatMap(
    ({ apiAddresses }) => apiAddresses?.['edge-management']?.map(({ url }) => new URL(url).origin) ?? [],
  )
}

// One controller, asked alone; what it cannot do yet it may do later.
async function asking(
  overlay: TestOverlay,
  url: string,
  ask: (controller: Controller) => Promise<boolean>,
): Promise<boolean> {
  const { username, password, ca } = overlay
  const controller = createController({
    url,
    ca,
    login: { method: 'password', username, password: async () => password },
    session: undefined,
    onSession: async ({ token }) => suiteSecrets.secret('a session', token),
    readOnly: false,
    parallel: 1,
    timeoutMs: 10_000,
    leaderWaitMs: 0,
    now: Date.now,
    pace: { sleep: async () => undefined, random: () => 0.5, clock: () => performance.now() },
  })
  try {
    return await ask(controller)
  } catch (error) {
    if (error instanceof ZpromError) return false
    throw error
  } finally {
    controller.close()
  }
}
