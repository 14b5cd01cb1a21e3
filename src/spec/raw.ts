import { field } from '../kinds/index.js'
import type { Path } from './source.js'

export { field }

/** An item of a list that has a name, whatever else may be wrong with it. `path` leads to the item. */
export type NamedItem = { readonly path: Path; readonly name: string; readonly item: unknown }

/** The items of what may be a list that have a name: maps with `name`, or plain text. */
export function namedItems(list: unknown, path: Path): NamedItem[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown, index) => {
    const name = typeof item === 'string' ? item : field(item, 'name')
    return typeof name === 'string' ? [{ path: [...path, index], name, item }] : []
  })
}

/** Where the name of an item stands. */
export function namePath({ path, item }: NamedItem): Path {
  return typeof item === 'string' ? path : [...path, 'name']
}

/**
 * The data of a document with `undefined` for null, since `clusters:` with nothing after it says nothing. Goes a few
 * levels down, as far as a spec has keys: an alias can make data that contains itself.
 */
export function withoutNulls(data: unknown, levels = 6): unknown {
  if (data === null) return undefined
  if (typeof data !== 'object' || levels === 0) return data
  if (Array.isArray(data)) return data.map((item: unknown) => withoutNulls(item, levels - 1))
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, withoutNulls(value, levels - 1)]))
}
