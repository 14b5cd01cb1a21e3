import { closest, distance } from 'fastest-levenshtein'
import { quoted } from './text-rule.js'

/** `Did you mean "prometheus"?` when a known word is near, else the known words. */
export function suggestWord(written: string, known: readonly string[]): string {
  const near = nearest(written, known)
  return near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${quoted(near)}?`
}

// Near is a third of the letters or less, whatever their case. Long text is never near, and slow to compare.
function nearest(written: string, known: readonly string[]): string | undefined {
  if (written.length > 64 || known.length === 0) return undefined
  const word = closest(
    written.toLowerCase(),
    known.map(one => one.toLowerCase()),
  )
  const match = known.find(one => one.toLowerCase() === word)
  if (match === undefined) return undefined
  const allowed = Math.ceil(Math.max(written.length, match.length) / 3)
  return distance(written.toLowerCase(), word) <= allowed ? match : undefined
}
