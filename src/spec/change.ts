import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { UsageError } from '../errors.js'
import { withoutNulls } from './raw.js'
import { dotted, type Path, readSource, type Source } from './source.js'
import { type Change, spliceChange } from './splice.js'

/**
 * The text with one change. The person's lines stay byte for byte; only a layout that zprom cannot splice into is printed
 * anew, comments kept. Throws UsageError when the change cannot be made without changing something else, as with aliases.
 */
export function changeText(source: Source, change: Change): string {
  const wanted = compact(setIn(dataOf(source), change.path, change.value))
  for (const write of [spliceChange, printAnew]) {
    const text = write(source, change)
    if (text !== undefined && says(text, source.file, wanted)) return text
  }
  const place = dotted(change.path)
  throw new UsageError(
    `${source.file} is written in a way that zprom cannot edit without harm; add this by hand at ${place}:`,
    stringify(change.value, { lineWidth: 0 }).trimEnd(),
  )
}

function printAnew(source: Source, { path, value }: Change): string | undefined {
  const { document } = readSource(source.text, source.file)
  try {
    document.setIn(path, document.createNode(value))
    return document.toString({ lineWidth: 0 })
  } catch {
    // An alias or a scalar where a collection is needed.
    return undefined
  }
}

// Reads the text back: what it says is compared, and not how.
function says(text: string, file: string, wanted: unknown): boolean {
  const source = readSource(text, file)
  return source.document.errors.length === 0 && isDeepStrictEqual(dataOf(source), wanted)
}

function dataOf(source: Source): unknown {
  return compact(withoutNulls(source.document.toJS()))
}

// A key with nothing after it says as much as no key.
function compact(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(compact)
  if (typeof data !== 'object' || data === null) return data
  const said = Object.entries(data).filter(([, value]) => value !== undefined)
  return Object.fromEntries(said.map(([key, value]) => [key, compact(value)]))
}

function setIn(data: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(data) ? data : []
    return [...list.slice(0, step), setIn(list[step], rest, value), ...list.slice(step + 1)]
  }
  const map: Record<string, unknown> = typeof data === 'object' && data !== null ? { ...data } : {}
  return { ...map, [step]: setIn(map[step], rest, value) }
}
