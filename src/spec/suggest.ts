import { closest, distance } from 'fastest-levenshtein'
import { quoted } from './text-rule.js'

/** `Did you mean "prometheus"?` when a known word is near, else the known words. */
export function suggestWord(written: string, known: readonly string[]): string {
  const near = nearestWord(written, known)
  return near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${quoted(near)}?`
}

/** The known word that is near: a third of the letters differ or fewer, whatever their case. Long text is never near. */
export function nearestWord(written: string, known: readonly string[]): string | undefined {
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
