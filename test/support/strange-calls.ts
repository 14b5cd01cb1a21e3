import assert from 'node:assert/strict'
import { EdgeError, type Overlay, openOverlay } from '../../src/edge/index.js'
import type { Message } from '../../src/edge/wire.js'
import { assertClear } from './stated.js'
import {
  apiOf,
  type Guest,
  greet,
  int,
  type Manners,
  type StrangeRouter,
  startStrangeRouter,
} from './strange-router.js'
import { failureOf } from './world-checks.js'

type How = { readonly encrypted?: boolean; readonly trusting?: boolean }

/** An overlay whose only service, `svc`, is at a router that is told what to do. */
export type Strangers = {
  openTo(manners: Manners, how?: How): Promise<{ readonly overlay: Overlay; readonly router: StrangeRouter }>
  /** What a dial ends in: a clear error, in time, without anything secret. */
  refusalBy(manners: Manners, how?: How): Promise<{ fault: string; message: string; router: StrangeRouter }>
  end(): Promise<void>
}

// For each of the two steps that a connection has at most.
const stepMs = 600

export function newStrangers(): Strangers {
  const ends: (() => Promise<void>)[] = []
  const openTo: Strangers['openTo'] = async (manners, { encrypted = false, trusting = true } = {}) => {
    const router = await startStrangeRouter(manners)
    const other = trusting ? router : await startStrangeRouter({})
    const service = {
      id: 's',
      name: 'svc',
      encryptionRequired: encrypted,
      permissions: ['Dial' as const],
      intercepts: [],
      dialIdentity: undefined,
      isUdp: false,
      host: undefined,
    }
    const makeApi = () => apiOf([router.url], service)
    const overlay = openOverlay({ makeApi, credentials: other.credentials, timeoutMs: stepMs })
    ends.push(async () => {
      await overlay.close()
      await Promise.all([...new Set([router, other])].map(each => each.close()))
    })
    return { overlay, router }
  }
  const refusalBy: Strangers['refusalBy'] = async (manners, how) => {
    const { overlay, router } = await openTo(manners, how)
    const began = performance.now()
    const error = await failureOf(overlay.dial('svc'))
    const tookMs = performance.now() - began
    assert.ok(error instanceof EdgeError, error.stack)
    // Tried twice, with some time for a busy machine.
    assert.ok(tookMs < 4 * stepMs + 2000, `${tookMs} ms`)
    assertClear(error)
    assert.doesNotMatch(error.message, /api-token|service-token/)
    return { fault: error.fault, message: error.message, router }
  }
  return { openTo, refusalBy, end: async () => void (await Promise.all(ends.splice(0).map(end => end()))) }
}

/** Manners that begin only behind the hello. */
export function afterHello(more: (message: Message, guest: Guest) => void): Manners {
  return { onMessage: (message, guest) => (message.type === 0 ? greet(message, guest) : more(message, guest)) }
}

/** Headers of an answer to a Connect or a Bind. */
export function connected(message: Message, ...headers: [number, Buffer][]): [number, Buffer][] {
  return [[1, int(message.sequence)], [1000, message.headers.get(1000) ?? int(0)], ...headers]
}
