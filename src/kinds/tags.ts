import type { Owner, Wanted } from '../model/entity.js'
import { nameOf } from '../model/shown.js'
import type { Raw } from './decode.js'
import { digestFields } from './digests.js'

// Letters and underscores only: 0.28 can't filter by keys with digits or hyphens. Texts only: numbers don't match in filters.
const stackTag = 'zprom_stack'
const originTag = 'zprom_address'
const formatTag = 'zprom_format'
const writtenTag = 'zprom_written'
const itemTag = 'zprom_item'

/** The form of entities that this version of zprom writes; raised when their shape changes. */
export const currentFormat = '1'

/**
 * The tags that mark an entity as ours: stack name, address of the spec item, format version; and what tells a change on the
 * network from one of the spec: fingerprints of the name and of each field as written, and of all that the item asked for.
 * An entity that an earlier version wrote lacks the last two until it is written again.
 */
export function tagsOf(
  stack: string,
  { origin, name, fields, item }: Pick<Wanted, 'origin' | 'name' | 'fields' | 'item'>,
): Record<string, string> {
  return {
    [stackTag]: stack,
    [originTag]: origin,
    [formatTag]: currentFormat,
    [writtenTag]: digestFields({ name, ...fields }),
    ...(item !== undefined && { [itemTag]: item }),
  }
}

/** Who made an entity; undefined when it does not carry our tags. */
export function ownerOf(tags: Raw): Owner | undefined {
  const stack = tags[stackTag]
  if (typeof stack !== 'string') return undefined
  const written = tags[writtenTag]
  const item = tags[itemTag]
  return {
    stack: nameOf(stack),
    origin: nameOf(String(tags[originTag] ?? '')),
    format: nameOf(String(tags[formatTag] ?? '')),
    ...(typeof written === 'string' && { written }),
    ...(typeof item === 'string' && { item }),
  }
}
