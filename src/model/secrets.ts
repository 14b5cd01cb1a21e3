// As Prometheus and its service discoveries name them, and the headers of requests. Those that end in _file are paths.
const secretWord =
  '(?:passwords?|passwd|passphrases?|tokens?|credentials?|secrets?|authorization|headers|cookies?|(?:secret|api|access|account|private|shared)[-_]?keys?)'

/** Matches a key whose value nobody should see. */
export const secretKey = new RegExp(`${secretWord}$`, 'i')

/** Matches such a key and its value in a comment; what comes before the value is group 1. */
export const commentedSecret = new RegExp(`(#.*${secretWord}["']?\\s*:\\s*)\\S.*`, 'gi')

/** What stands for a secret. */
export const hidden = '<hidden>'

/** Hides the login in every URL of a text. */
export function hideLogins(text: string): string {
  return text.replace(/:\/\/[^\s/@"']+@/g, `://${hidden}@`)
}

/** A value with everything below the key of a secret hidden, and the login in every URL. */
export function hideInValue(value: unknown): unknown {
  if (typeof value === 'string') return hideLogins(value)
  if (Array.isArray(value)) return value.map(hideInValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, secretKey.test(key) ? hidden : hideInValue(item)]),
  )
}
