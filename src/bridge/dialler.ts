import { type EdgeConnection, EdgeError, type Overlay } from '../edge/index.js'
import { Refusal } from './answers.js'
import type { Budget } from './budget.js'
import type { Entry } from './table.js'
import { createTurns } from './turns.js'

/** Dials entries of the table, for so many requests at once and no more. */
export type Dialler = {
  /** A place among the requests to a service, until what is returned is called. Throws Refusal when all are taken. */
  enter(service: string): () => void
  /** A stream to an entry. Throws EdgeError, Refusal, AuthError, ControllerError. */
  dial(entry: Entry, budget: Budget): Promise<EdgeConnection>
}

/** The overlay to dial, and how much of it one service may take. */
export type DiallerOptions = {
  readonly overlay: Pick<Overlay, 'dial'>
  /** Requests to one service at once, and tunnels that are being made. */
  readonly perService: number
}

// More at once is not faster, and when the overlay is slow all of them would come too late.
const dialsAtOnce = 64

/** A dialler for one bridge, shared by all of its clients. */
export function createDialler({ overlay, perService }: DiallerOptions): Dialler {
  const turns = createTurns(dialsAtOnce)
  const taken = new Map<string, number>()
  const enter = (service: string) => {
    const count = taken.get(service) ?? 0
    if (count >= perService) throw new Refusal(503, 'busy', `${service}: ${count} requests are under way already`)
    taken.set(service, count + 1)
    let isFree = false
    return () => {
      if (isFree) return
      isFree = true
      const left = (taken.get(service) ?? 1) - 1
      if (left === 0) taken.delete(service)
      else taken.set(service, left)
    }
  }
  const dial = async (entry: Entry, budget: Budget): Promise<EdgeConnection> => {
    const done = await turns.take(budget)
    const dialling = dialEither(overlay, entry, budget)
    dialling.then(done, done)
    try {
      return await budget.within(dialling)
    } catch (error) {
      // It may still come, and then nobody is there to close it.
      dialling.then(
        connection => connection.destroy(),
        () => undefined,
      )
      throw error
    }
  }
  return { enter, dial }
}

async function dialEither(overlay: Pick<Overlay, 'dial'>, entry: Entry, budget: Budget): Promise<EdgeConnection> {
  const { service, identity, otherIdentity } = entry
  try {
    return await overlay.dial(service, { identity, timeoutMs: budget.left() })
  } catch (error) {
    if (otherIdentity === undefined || !(error instanceof EdgeError) || error.fault !== 'no-terminator') throw error
    return overlay.dial(service, { identity: otherIdentity, timeoutMs: budget.left() })
  }
}
