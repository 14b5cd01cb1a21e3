import { type Access, type Bridge, type BridgeLimits, startBridge } from '../bridge/index.js'
import type { Overlay } from '../edge/index.js'
import { SpecError } from '../errors.js'
import { bridgeTargetsOf } from '../expand/index.js'
import type { BridgeTargets } from '../model/bridge.js'
import type { Listener } from '../report/events.js'
import { parseSpec } from '../spec/parse.js'
import { leaveOverlay } from './overlay.js'

/** As whom a bridge dials, where it listens, and what it allows. */
export type BridgeInputs = {
  /** Name of the identity that dials. */
  readonly identity: string
  /** As that identity; closed with the bridge, or when it can't start. */
  readonly overlay: Overlay
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly token: string | undefined
  readonly limits: BridgeLimits
  readonly version: string
}

/** What a bridge needs of whoever runs it. */
export type BridgeDeps = {
  /** The text of the spec as it is now; undefined when there is none. `shown`: how it is called in messages. */
  readonly spec: { read(): Promise<string | undefined>; readonly shown: string }
  readonly listener: Listener
  /** Milliseconds that only grow. */
  readonly clock: () => number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onAccess: ((access: Access) => void) | undefined
  readonly onBug: (error: unknown) => void
}

/** A bridge that runs, and the overlay behind it. */
export type RunningBridge = Pick<Bridge, 'host' | 'port'> & {
  /** Lets requests under way end, but not for longer than this; then ends the session. */
  close(graceMs: number): Promise<void>
}

/** Starts a bridge as an identity. Throws SpecError and what `listen` throws. */
export async function runBridge(inputs: BridgeInputs, deps: BridgeDeps): Promise<RunningBridge> {
  const { identity, overlay, host, port, token, limits, version } = inputs
  const readTargets = createTargetReader(deps.spec)
  try {
    // A spec that is wrong from the beginning is for the person who starts it; one that becomes wrong, for the log.
    await readTargets()
    const bridge = await startBridge({
      ...{ overlay, identity, host, port, token, limits, version, readTargets },
      clock: deps.clock,
      now: () => deps.now() / 1000,
      onAccess: deps.onAccess,
      onBug: deps.onBug,
      onInventory: createTroubleTeller(deps.listener),
    })
    const close = async (graceMs: number) => {
      await bridge.close(graceMs)
      await leaveOverlay(overlay)
    }
    return { host: bridge.host, port: bridge.port, close }
  } catch (error) {
    await leaveOverlay(overlay)
    throw error
  }
}

// The file is read every time, and understood when it has changed. One that was there and is gone, or empty, is one that somebody
// is about to write: without it everything would be called otherwise.
function createTargetReader({ read, shown }: BridgeDeps['spec']): () => Promise<BridgeTargets | undefined> {
  let last: { readonly text: string; readonly targets: BridgeTargets } | undefined
  return async () => {
    const text = await read()
    if (!isBlank(last?.text) && isBlank(text)) throw missing(shown, text)
    if (text === undefined) return undefined
    if (last?.text !== text) last = { text, targets: bridgeTargetsOf(parseSpec(text, shown)) }
    return last.targets
  }
}

function isBlank(text: string | undefined): boolean {
  return (text ?? '').trim() === ''
}

function missing(file: string, text: string | undefined): SpecError {
  const message = `the file ${text === undefined ? 'is gone' : 'is empty now'}: a bridge that began with it does not go on without`
  return new SpecError([{ file, line: 1, column: 1, path: '', message }])
}

// The same trouble comes again with every reading, and is told once.
function createTroubleTeller(listener: Listener): (trouble: unknown) => void {
  let told: string | undefined
  return trouble => {
    const message = trouble === undefined ? undefined : trouble instanceof Error ? trouble.message : String(trouble)
    if (message === told) return
    told = message
    if (message === undefined) listener({ type: 'waiting', text: 'targets can be read again' })
    else listener({ type: 'warning', text: `targets can't be read: ${message}` })
  }
}
