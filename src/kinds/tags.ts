import type { Owner, Wanted } from '../model/entity.js'
import type { Raw } from './decode.js'

// Letters and underscores only: 0.28 can't filter by keys with digits or hyphens. Texts only: numbers don't match in filters.
const stackTag = 'zprom_stack'
const originTag = 'zprom_address'
const formatTag = 'zprom_format'

/** The form of entities that this version of zprom writes; raised when their shape changes. */
export const currentFormat = '1'

/** The tags that mark an entity as ours: stack name, address of the spec item, format version. */
export function tagsOf(stack: string, wanted: Pick<Wanted, 'origin'>): Record<string, string> {
  return { [stackTag]: stack, [originTag]: wanted.origin, [formatTag]: currentFormat }
}

/** Who made an entity; undefined when it does not carry our tags. */
export function ownerOf(tags: Raw): Owner | undefined {
  const stack = tags[stackTag]
  if (typeof stack !== 'string') return undefined
  return { stack, origin: String(tags[originTag] ?? ''), format: String(tags[formatTag] ?? '') }
}
