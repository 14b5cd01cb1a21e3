import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { UsageError } from '../errors.js'
import { withoutNulls } from './raw.js'
import { dotted, lineOf, type Path, readSource, type Source } from './source.js'
import { type Change, spliceChange } from './splice.js'
import { spliceRemoval } from './splice-out.js'

/**
 * The text with one change. The person's lines stay byte for byte; only a layout that zprom cannot splice into is printed
 * anew, comments kept. Throws UsageError when the change cannot be made without changing something else, as with aliases.
 */
export function changeText(source: Source, change: Change): string {
  const wanted = compact(setIn(dataOf(source), change.path, change.value))
  const written = firstThatSays(wanted, source, [() => spliceChange(source, change), () => setAnew(source, change)])
  if (written !== undefined) return written
  throw new UsageError(
    `${source.file} is written in a way that zprom cannot edit without harm; add this by hand at ${dotted(change.path)}:`,
    stringify(change.value, { lineWidth: 0 }).trimEnd(),
  )
}

/** The text without one item of a list; the last one leaves `[]`. Throws as `changeText` does. */
export function removeText({ text, file }: Pick<Source, 'text' | 'file'>, path: Path): string {
  const source = readSource(text, file)
  const wanted = compact(deleteIn(dataOf(source), path))
  const written = firstThatSays(wanted, source, [() => spliceRemoval(source, path), () => removeAnew(source, path)])
  if (written !== undefined) return written
  const place = `${file}:${lineOf(source, path)}`
  throw new UsageError(
    `${file} is written in a way that zprom cannot edit without harm; remove by hand what ${place} says at ${dotted(path)}`,
  )
}

type Write = () => string | undefined

function firstThatSays(wanted: unknown, { file }: Source, writes: readonly Write[]): string | undefined {
  for (const write of writes) {
    const text = write()
    if (text !== undefined && says(text, file, wanted)) return text
  }
  return undefined
}

function setAnew(source: Source, { path, value }: Change): string | undefined {
  return printAnew(source, document => document.setIn(path, document.createNode(value)))
}

function removeAnew(source: Source, path: Path): string | undefined {
  return printAnew(source, document => document.deleteIn(path))
}

function printAnew({ text, file }: Source, change: (document: Source['document']) => void): string | undefined {
  const { document } = readSource(text, file)
  try {
    change(document)
    return document.toString({ lineWidth: 0 })
  } catch {
    // An alias, or a scalar where a collection is needed, or an alias whose anchor is gone.
    return undefined
  }
}

// Reads the text back: what it says is compared, and not how.
function says(text: string, file: string, wanted: unknown): boolean {
  const source = readSource(text, file)
  try {
    return source.document.errors.length === 0 && isDeepStrictEqual(dataOf(source), wanted)
  } catch {
    // An alias whose anchor is gone.
    return false
  }
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

function deleteIn(data: unknown, [step, ...rest]: Path): unknown {
  if (Array.isArray(data) && typeof step === 'number' && rest.length === 0) return data.toSpliced(step, 1)
  if (Array.isArray(data)) return data.map((item: unknown, index) => (index === step ? deleteIn(item, rest) : item))
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, key === step ? deleteIn(value, rest) : value]),
  )
}
