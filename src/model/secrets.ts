// As Prometheus and its service discoveries name them, and the headers of requests. Those that end in _file are paths.
const secretWord =
  '(?:(?:password|token|secret)(?:[-_]?(?:hash|value))?s?|passwd|pwd|passphrases?|jwts?|bearer|credentials?|authorization|headers|cookies?|(?:secret|api|access|account|private|shared|signing|encryption)[-_]?keys?)'

/** Matches a key whose value nobody should see. */
export const secretKey = new RegExp(`${secretWord}$`, 'i')

/** Matches such a key and its value in a comment; what comes before the value is group 1. */
export const commentedSecret = new RegExp(`(#.*${secretWord}["']?\\s*:\\s*)\\S.*`, 'gi')

/** What stands for a secret. */
export const hidden = '<hidden>'

/** Hides the login in every URL of a text: up to the last @ before the path, and beyond a / that a password should not have. */
export function hideLogins(text: string): string {
  return text.replace(login, `://${hidden}@`)
}

// A user's name, which can be a mail address, and a password with any sign but that of a path; or with that one too. A port, and
// what ends a text after it, is no password. The bounds keep texts made to be slow from being so.
const user = String.raw`[^\s/?#"':[\\]{0,128}`
const portOf = String.raw`\d+(?:["',;\\\])}]|$)`
const inAuthority = String.raw`${user}(?::(?!${portOf})[^\s/?#]{0,256})?@`
const beyondIt = String.raw`${user}:(?!\d*(?:[/?#\s"',;\\\])}]|$))[^\s"'@]{0,256}@`
const login = new RegExp(`://(?:${inAuthority}|${beyondIt})`, 'g')

/**
 * A value with everything below the key of a secret hidden, what a check sends (`body`, `header`), and in its texts the login
 * in every URL and what follows the name of a secret: in a query, a form, JSON or a header.
 */
export function hideInValue(value: unknown): unknown {
  if (typeof value === 'string') return hideInJson(value) ?? hideInText(value)
  if (Array.isArray(value)) return value.map(hideInValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isSecret(key) ? hidden : hideInValue(item)]),
  )
}

// httpChecks of host.v1: whatever it takes to be let in stands there.
function isSecret(key: string): boolean {
  return secretKey.test(key) || /^(body|header)$/i.test(key)
}

// As it was written while there is nothing to hide; undefined for what is no JSON document, or one too deep to look into.
function hideInJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    const document: unknown = JSON.parse(text)
    const shown = JSON.stringify(hideInValue(document))
    return shown === JSON.stringify(document) ? text : shown
  } catch {
    return undefined
  }
}

// What is nested, escaped or not closed has no end that a pattern could tell: there the rest of the text is hidden.
const memberValue = String.raw`(?:[[{\\][\s\S]*|"(?:[^"\\]|\\[\s\S])*(?:"|$)|'[^']*(?:'|$)|[^\s,}\]]+)`
const member = new RegExp(String.raw`(${secretWord}\\*["']\s*:\s*)${memberValue}`, 'gi')
const header = new RegExp(String.raw`(${secretWord}:[ \t]+)\S.*`, 'gi')
// Up to the next parameter: more often than not a comma or a semicolon belongs to the secret.
const assignedValue = String.raw`(?:"(?:[^"\\]|\\[\s\S])*(?:"|$)|'[^']*(?:'|$)|[^\s&"'][^\s&]*)`
const assignment = new RegExp(String.raw`(${secretWord}(?:\]|%5D)*\s*=\s*)${assignedValue}`, 'gi')
// Elsewhere these are too common to stand for a secret.
const parameter = /([?&;](?:[^\s&;=#?]{0,64}[-_])?(?:pass|auth|key|apikey|authkey|sig|signature)=)[^\s&#]+/gi

function hideInText(text: string): string {
  return [member, header, assignment, parameter].reduce(
    (shown, one) => shown.replace(one, `$1${hidden}`),
    hideLogins(text),
  )
}
