/** Notices a router that is gone without a word. */
export type Probe = {
  /** Something was received. */
  hear(): void
  end(): void
}

/** How a router is asked, and who is told that it is silent; times in milliseconds. */
export type ProbeOptions = {
  /** Asks the router for any answer; rejects when none comes. */
  readonly ask: () => Promise<unknown>
  /** Whether this side reads nothing, so that silence shows nothing. */
  readonly isPaused: () => boolean
  readonly onSilent: () => void
  readonly everyMs?: number
}

// The reference probes as often, and gives a channel up that is silent then.
const usualMs = 30_000

/** Looks from now on, until `end`; holds no process back. */
export function createProbe({ ask, isPaused, onSilent, everyMs = usualMs }: ProbeOptions): Probe {
  let heard = true
  const look = () => {
    const isFine = heard || isPaused()
    heard = false
    if (isFine) return
    ask().catch(() => {
      if (!heard && !isPaused()) onSilent()
    })
  }
  const timer = setInterval(look, everyMs)
  timer.unref()
  return {
    hear: () => {
      heard = true
    },
    end: () => clearInterval(timer),
  }
}
