import { createHash } from 'node:crypto'

/** A short fingerprint of a value, the same in whatever order its keys come; 8 hex digits. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 8)
}

/** `field:fingerprint` for every field, as one text. */
export function digestFields(fields: object): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field}:${digestOf(value)}`)
    .sort()
    .join(' ')
}

/** The fingerprint of one field in such a text; undefined when it has none. */
export function digestIn(written: string, field: string): string | undefined {
  const found = written.split(' ').find(part => part.startsWith(`${field}:`))
  return found?.slice(field.length + 1)
}

// The controller gives the keys of a config's data back in an order of its own.
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const sorted = entries.sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}
