import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { EdgeError } from './errors.js'

/** What the identity file gives: PEM. `key` is a secret. */
export type EdgeCredentials = { readonly key: string; readonly cert: string; readonly ca: string }

/** Where an edge router listens. */
export type RouterAddress = { readonly host: string; readonly port: number }

/** Reads `tls://host:port` and the older `tls:host:port`; undefined for any other protocol. */
export function parseRouterUrl(url: string): RouterAddress | undefined {
  const [, host, port] = /^tls:(?:\/\/)?(\[[\da-f:.]+\]|[^\s/@[\]]+):(\d{1,5})$/i.exec(url) ?? []
  if (host === undefined || Number(port) === 0 || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/**
 * A TLS connection to an edge router, its certificate verified against the identity's own CAs. Throws EdgeError
 * (`unreachable`, `timeout`); Node's errors hold the socket and with it the private key, so only their codes go on.
 */
export function connectTls(
  { host, port }: RouterAddress,
  credentials: EdgeCredentials,
  timeoutMs: number,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      key: credentials.key,
      cert: credentials.cert,
      ca: credentials.ca,
      // Offered, but not insisted on: routers before 1.0 negotiate nothing, later ones share a port by it.
      ALPNProtocols: ['ziti-edge'],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    })
    const fail = (message: string, fault: 'unreachable' | 'timeout') => {
      socket.destroy()
      reject(new EdgeError(`edge router ${host}:${port}: ${message}`, fault))
    }
    const timer = setTimeout(() => fail('no answer in time', 'timeout'), timeoutMs)
    socket.once('error', error => {
      clearTimeout(timer)
      fail(`can't connect (${codeOf(error)})`, 'unreachable')
    })
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      socket.setNoDelay(true)
      socket.setKeepAlive(true, 30_000)
      resolve(socket)
    })
  })
}

/** The code of a Node error, such as ECONNREFUSED. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN'
}
