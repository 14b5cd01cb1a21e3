import assert from 'node:assert/strict'
import { join } from 'node:path'
import { kinds } from '../../src/kinds/index.js'
import { assertKept, assertSound, assertUsable, type EndState, endStateOf, keysIn, listFiles } from './end-state.js'
import { type Ended, fullSpec, runToEnd } from './fault-run.js'
import type { TestOverlay } from './overlay.js'
import { type Asked, type Fate, startProxy } from './proxy.js'
import { newWorld, type World } from './world.js'
import { assertEmpty } from './world-checks.js'

/** The ways in which a request goes wrong. */
export const faults = {
  'reset before': 'reset',
  'reset after': 'lose-answer',
  'cut off': 'cut-off',
  hang: 'hang',
  401: 'end-session',
  429: { status: 429 },
  500: { status: 500 },
  503: { status: 503 },
} as const satisfies Record<string, Fate>

export type Fault = `${keyof typeof faults}`

/** One case: the request with this number goes wrong, the first time only or every time that it is made again. */
export type FaultCase = { readonly request: number; readonly fault: Fault; readonly mode: 'once' | 'for good' }

/** What a run that meets no fault asks, and leaves. */
export type Clean = { readonly requests: number; readonly state: EndState }

/** A run without faults, through a proxy as the others: what they are measured by. */
export async function cleanRun(overlay: TestOverlay): Promise<Clean> {
  return inWorld(overlay, async world => {
    const proxy = await startProxy(overlay)
    try {
      const ended = await runToEnd(world, fullSpec(world.word), throughOf(proxy))
      assert.equal(ended.code, 0, ended.printed)
      return { requests: proxy.seen.length, state: await endStateOf(world) }
    } finally {
      await proxy.close()
    }
  })
}

/** A run with one fault, and another without; fails with what is wrong about either. */
export async function runCase(overlay: TestOverlay, clean: Clean, one: FaultCase): Promise<void> {
  await inWorld(overlay, async world => {
    let victim: Asked | undefined
    let isBroken = true
    const proxy = await startProxy(overlay, asked => {
      if (!isBroken) return 'pass'
      if (asked.number === one.request) victim = asked
      const isHit = one.mode === 'once' ? asked === victim : victim !== undefined && isSame(asked, victim)
      return isHit ? faults[one.fault] : 'pass'
    })
    try {
      const options = { ...throughOf(proxy), timeoutMs: one.fault === 'hang' ? 1_500 : 20_000 }
      const spec = fullSpec(world.word)
      const ended = await runToEnd(world, spec, options)
      const what = victim
      assert.ok(what !== undefined, `there was no request ${one.request}`)
      isBroken = false
      try {
        await judge(ended, { one, victim: what, world, clean, url: proxy.url })
        const keys = await keysIn(world.outDir)
        const again = await runToEnd(world, spec, throughOf(proxy))
        assert.equal(again.code, 0, `the next run ended with ${again.code}:\n${again.printed}`)
        await assertKept(keys, world.outDir)
        await assertWhole(world, clean, one.request)
      } catch (error) {
        throw new Error(`${describe(one)} (${what.method} ${what.path}): ${String(error)}\n${ended.printed}`)
      }
    } finally {
      await proxy.close()
    }
  })
}

/** A case in words. */
export function describe({ request, fault, mode }: FaultCase): string {
  return `request ${request}, ${fault}, ${mode}`
}

type Verdict = {
  readonly one: FaultCase
  readonly victim: Asked
  readonly world: World
  readonly clean: Clean
  readonly url: string
}

// The exit code is that of design.md, and what is printed leads to what failed.
async function judge({ code, printed }: Ended, { one, victim, world, clean, url }: Verdict): Promise<void> {
  assert.doesNotMatch(printed, /a bug in zprom/)
  if (code === 0) {
    assert.deepEqual(await endStateOf(world), clean.state)
    return assertEmpty((await world.preview(fullSpec(world.word))).plan)
  }
  assert.ok(!isHealed(one, victim), `ended with ${code}, though once is no reason to fail`)
  const wanted = codesOf(one, victim, printed)
  assert.ok(wanted.includes(code), `ended with ${code}, not ${wanted.join(' or ')}`)
  const address = addressOf(victim)
  if (address !== undefined) assert.ok(printed.includes(address), `${address} is not named`)
  else assert.ok(printed.includes(url) || /failed enroll enrollment\//.test(printed), 'nothing is named')
  if (code === 6) assert.match(printed, /^ {2}failed (create|enroll|save-token) [a-z-]+\/\S+: \S/m)
}

// Where steps were done, or a token could not be spent, it is steps that failed. Without a session 401 refuses the login.
function codesOf({ fault }: FaultCase, victim: Asked, printed: string): readonly number[] {
  if (/^done /m.test(printed)) return [6]
  if (fault !== '401') return [5, 6]
  // A login that is refused in mid-run is a failed step like any other, be it the first.
  return victim.hasSession ? [4, 6] : isManagement(victim) ? [4] : [6]
}

// A session that has ended is made anew, for whatever showed it. Of other faults everything heals but the spending of tokens.
function isHealed({ mode, fault }: FaultCase, victim: Asked): boolean {
  if (mode !== 'once') return false
  return fault === '401' ? victim.hasSession : isManagement(victim) && !victim.path.endsWith('/enrollments')
}

function isManagement({ path }: Asked): boolean {
  return path.startsWith('/edge/management/')
}

// Creates are told apart by what they create.
function isSame(asked: Asked, victim: Asked): boolean {
  return (
    asked.method === victim.method &&
    asked.path === victim.path &&
    (asked.method !== 'POST' || asked.path.endsWith('/authenticate') || asked.body.equals(victim.body))
  )
}

function addressOf({ method, path, body }: Asked): string | undefined {
  const kind = kinds.find(one => path === `/edge/management/v1${one.path}`)
  return method === 'POST' && kind !== undefined ? `${kind.name}/${JSON.parse(body.toString()).name}` : undefined
}

async function assertWhole(world: World, clean: Clean, turn: number): Promise<void> {
  assert.deepEqual(await endStateOf(world), clean.state)
  await assertSound(world)
  assertEmpty((await world.preview(fullSpec(world.word))).plan)
  const identities = (await listFiles(world.outDir)).filter(({ path }) => path.endsWith('.json'))
  const one = identities[turn % identities.length]
  assert.ok(one !== undefined)
  await assertUsable(world, join(world.outDir, one.path), one.path.replace(/^.*\/|\.json$/g, ''))
}

function throughOf(proxy: Awaited<ReturnType<typeof startProxy>>) {
  return {
    through: proxy,
    enroller: real => ({ ...real, enroll: (jwt, key) => real.enroll(proxy.signed(jwt), key) }),
  } satisfies Parameters<World['converge']>[1]
}

async function inWorld<T>(overlay: TestOverlay, use: (world: World) => Promise<T>): Promise<T> {
  const world = await newWorld(overlay)
  try {
    return await use(world)
  } finally {
    await world.end()
  }
}
