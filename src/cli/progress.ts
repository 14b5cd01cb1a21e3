import { createBar } from '../report/bar.js'
import type { Event, Listener } from '../report/events.js'
import { createHumanListener } from '../report/human.js'

/** How a run says what it does, and how to make room for what is printed meanwhile. */
export type Progress = { readonly listener: Listener; clear(): void }

/** Plain lines on stderr; a bar where a person looks at a terminal that can draw one. */
export function createProgress(writeLine: (line: string) => void): Progress {
  const lines = createHumanListener(writeLine)
  if (!canDraw(process.stderr.isTTY === true, process.env)) return { listener: lines, clear: () => undefined }
  const { stderr } = process
  // A terminal that nobody gave a size says 0.
  const bar = createBar({ write: text => void stderr.write(text), columns: () => stderr.columns || 80, lines })
  // A run that is ended at once leaves the line to the shell.
  process.once('exit', bar.clear)
  return bar
}

/** Whether a bar can be drawn: not in CI, nor where plain text is asked for. */
export function canDraw(isTerminal: boolean, { CI, NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return isTerminal && !CI && !NO_COLOR && TERM !== 'dumb'
}

/** Writes events, and the result at the end, as one JSON object per line on stdout. */
export function writeEvent(event: Event | { readonly type: 'result'; exitCode: number; document: unknown }): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}
