import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Whether a header holds the token: as the password of `Basic`, as `Bearer`, or bare, as Prometheus 2.42 sends it from
 * `authorization` of an `http_sd_configs` that names no `type`. Takes a time that tells nothing.
 */
export function holdsToken(header: string | undefined, token: string): boolean {
  const [, scheme = '', value = ''] = /^(?:(basic|bearer) +)?(\S+)\s*$/i.exec(header ?? '') ?? []
  const given = scheme.toLowerCase() === 'basic' ? passwordOf(value) : value
  return timingSafeEqual(digest(given), digest(token)) && given !== ''
}

// Any user name will do.
function passwordOf(value: string): string {
  const text = Buffer.from(value, 'base64').toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

// Of one length, whatever is compared.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
