import { createBacklog } from './backlog.js'

/** The back-pressure of a channel: whom it reads for, and whether it can take more. */
export type Flow = {
  /** More (or, negative, less) that an id has received and not read. */
  account(id: number, bytes: number): void
  forget(id: number): void
  /** To wait for after a write that did not fit. */
  drain(): Promise<void>
  drained(): void
  isPaused(): boolean
  /** Whether whoever comes now would wait for others: better to take another channel. */
  isCongested(): boolean
  /** Calls once, when others than `id` congest it for `ms` without a pause; gives what ends the watch. */
  onCongestion(id: number, ms: number, listener: () => void): () => void
  end(): void
}

/** What a flow does to its channel: stops and goes on reading, and gives up a connection that holds up the others. */
export type FlowOptions = {
  readonly pause: () => void
  readonly resume: () => void
  /** How long others wait for one that reads nothing. */
  readonly stuckMs: number
  /** Gives up an id that stood still for so long, if anybody waits for it; false when nobody does. */
  readonly giveUp: (id: number) => boolean
}

// The wire has no window per connection: above this the channel is not read, and all its connections wait. Below it each
// may have as much as it likes unread.
const unreadBudget = 8 * 1024 * 1024
// A write that waits for so long waits for more than its turn.
const slowDrainMs = 500
const lookMs = 100

/** The flow of one channel, with nothing unread. */
export function createFlow({ pause, resume, stuckMs, giveUp }: FlowOptions): Flow {
  const backlog = createBacklog()
  let watch: NodeJS.Timeout | undefined
  let waiting:
    | { readonly promise: Promise<void>; readonly settle: () => void; readonly timer: NodeJS.Timeout }
    | undefined
  let isSlow = false
  let ended = false

  const check = () => {
    if (ended) return
    const total = backlog.total()
    if (watch === undefined && total > unreadBudget) {
      pause()
      backlog.mark()
      watch = setInterval(look, stuckMs)
      watch.unref()
    } else if (watch !== undefined && total < unreadBudget / 2) {
      clearInterval(watch)
      watch = undefined
      resume()
    }
  }
  const look = () => {
    const id = backlog.stuck()
    if (id === undefined || giveUp(id)) backlog.mark()
  }
  const drained = () => {
    const done = waiting
    waiting = undefined
    isSlow = false
    if (done !== undefined) clearTimeout(done.timer)
    done?.settle()
  }
  const drain = () => {
    waiting ??= waitForDrain(() => {
      isSlow = true
    })
    return waiting.promise
  }

  const isHeldUp = (id: number) => isSlow || (watch !== undefined && backlog.of(id) < backlog.total() / 2)
  const isCongested = () => watch !== undefined || isSlow

  return {
    account: (id, bytes) => {
      backlog.add(id, bytes)
      check()
    },
    forget: id => {
      backlog.remove(id)
      check()
    },
    drain,
    drained,
    isPaused: () => watch !== undefined,
    isCongested,
    onCongestion: (id, ms, listener) => watchFor(() => isHeldUp(id), ms, listener),
    end: () => {
      ended = true
      clearInterval(watch)
      drained()
    },
  }
}

// Looked at now and then: what is congested changes with every piece that is read or written.
function watchFor(isSo: () => boolean, ms: number, listener: () => void): () => void {
  let looks = 0
  const timer = setInterval(() => {
    looks = isSo() ? looks + 1 : 0
    if (looks * lookMs < ms) return
    clearInterval(timer)
    listener()
  }, lookMs)
  timer.unref()
  return () => clearInterval(timer)
}

function waitForDrain(slow: () => void) {
  let settle = () => {}
  const promise = new Promise<void>(resolve => {
    settle = resolve
  })
  const timer = setTimeout(slow, slowDrainMs)
  timer.unref()
  return { promise, settle, timer }
}
