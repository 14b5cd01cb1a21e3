import { UsageError } from '../errors.js'

/** Reads `host:port`, with an IPv6 address in brackets. Throws UsageError that names the flag. */
export function parseAddress(text: string, flag: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:\s[\]]+):(\d{1,5})$/.exec(text) ?? []
  if (host === '' || Number(port) < 1 || Number(port) > 65_535)
    throw new UsageError(`${flag} ${text}: it is HOST:PORT, such as 127.0.0.1:9090 or [::1]:9090`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
