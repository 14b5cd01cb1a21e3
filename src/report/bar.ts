import type { Event, Listener } from './events.js'

/** Progress as a bar on the last line of a terminal. `clear` takes it off before something else is written there. */
export type Bar = { readonly listener: Listener; clear(): void }

type Options = {
  /** Puts text at the cursor, without a new line. */
  readonly write: (text: string) => void
  /** Width of the terminal now. */
  readonly columns: () => number
  /** Told what deserves a line of its own; the bar is off while it writes. */
  readonly lines: Listener
}

const cells = 20
const wipe = '\r\u001b[2K'

/** A bar that says how much is done and which address is in work; failures and warnings scroll by above it. */
export function createBar({ write, columns, lines }: Options): Bar {
  const running = new Map<string, string>()
  let [done, total] = [0, 0]
  let isShown = false

  const clear = () => {
    if (isShown) write(wipe)
    isShown = false
  }
  const draw = () => {
    if (total === 0 || done >= total) return
    // A line as wide as the terminal would wrap, and one that wraps can't be wiped.
    write(`${wipe}${formatBar(done, total, [...running.values()]).slice(0, Math.max(columns() - 1, 0))}`)
    isShown = true
  }
  const keep = (event: Event) => {
    if (event.type === 'step-started') running.set(event.address, `${event.action} ${event.address}`)
    else if (event.type === 'step-ended') running.delete(event.outcome.address)
    else return
    ;[done, total] = [event.done, event.total]
  }
  return {
    clear,
    listener: event => {
      keep(event)
      const isQuiet =
        event.type === 'step-started' || (event.type === 'step-ended' && event.outcome.result !== 'failed')
      if (!isQuiet) {
        clear()
        lines(event)
      }
      if (event.type === 'step-ended' && done >= total) clear()
      else draw()
    },
  }
}

/** One line: how much, the counts, and the oldest of what is in work. */
export function formatBar(done: number, total: number, running: readonly string[]): string {
  const full = Math.floor((cells * done) / total)
  const counts = `${String(done).padStart(String(total).length)}/${total}`
  const [first, ...more] = running
  const work = first === undefined ? '' : `  ${first}${more.length === 0 ? '' : ` and ${more.length} more`}`
  return `[${'#'.repeat(full)}${'-'.repeat(cells - full)}] ${counts}${work}`
}
