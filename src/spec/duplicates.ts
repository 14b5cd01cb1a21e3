import { type NamedItem, namePath } from './raw.js'
import { dotted } from './source.js'
import { quoted } from './text-rule.js'

/** An item whose name an earlier item of the same list has. */
export type Duplicate = { readonly item: NamedItem; readonly message: string }

/** The later of any two items with one name. `why` says why upper and lower case make no difference. */
export function duplicateItems(items: readonly NamedItem[], what: string, why: string): Duplicate[] {
  const first = new Map<string, NamedItem>()
  return items.flatMap(item => {
    const key = item.name.toLowerCase()
    const earlier = first.get(key)
    if (earlier === undefined) {
      first.set(key, item)
      return []
    }
    const place = dotted(namePath(earlier))
    const same = earlier.name === item.name
    const message = same
      ? `the ${what} ${quoted(item.name)} is there already, at ${place}`
      : `the ${what} ${quoted(item.name)} differs only in upper and lower case from ${quoted(earlier.name)} at ${place}, and ${why}`
    return [{ item, message }]
  })
}
