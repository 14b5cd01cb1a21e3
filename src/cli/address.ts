import { UsageError } from '../errors.js'
import { type Elsewhere, keyOf } from '../tunnel/index.js'

/** Reads `host:port`, with an IPv6 address in brackets. Throws UsageError that names the flag. */
export function parseAddress(text: string, flag: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:\s[\]]+):(\d{1,5})$/.exec(text) ?? []
  if (host === '' || Number(port) < 1 || Number(port) > 65_535)
    throw new UsageError(`${flag} ${text}: it is HOST:PORT, such as 127.0.0.1:9090 or [::1]:9090`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** What `--connect-to` says: places and where else they are. Undefined when it says nothing. Throws UsageError. */
export function readElsewhere(words: readonly string[]): Elsewhere | undefined {
  if (words.length === 0) return undefined
  return new Map(
    words.map(word => {
      const [from = '', to = '', ...more] = word.split('=')
      if (to === '' || more.length > 0)
        throw new UsageError(`--connect-to ${word}: it is HOST:PORT=HOST:PORT, such as web:80=127.0.0.1:8080`)
      return [keyOf(parseAddress(from, '--connect-to')), parseAddress(to, '--connect-to')]
    }),
  )
}
