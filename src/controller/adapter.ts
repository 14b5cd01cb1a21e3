import type { IncomingMessage } from 'node:http'
import { type Agent, request } from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios'

/**
 * What axios hands a request to, in place of its own adapter for Node, of which a thousand small requests a second use next to
 * nothing and which costs more than the rest of the way together: redirects, proxies, unpacking, progress, a keep-alive set
 * anew each time. Here a request goes to the agent as it is; its answer is the stream, with any status. A time-out counts to
 * the head of the answer, and is an error with the code ETIMEDOUT.
 */
export function adapterFor(agent: Agent): AxiosAdapter {
  return async config => {
    const incoming = await exchange(agent, config)
    return {
      status: incoming.statusCode ?? 0,
      statusText: '',
      headers: incoming.headers as Record<string, string>,
      data: unpacked(incoming),
      config,
    }
  }
}

function exchange(agent: Agent, config: InternalAxiosRequestConfig): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = new URL(config.url ?? '', config.baseURL)
    const method = config.method?.toUpperCase() ?? 'GET'
    const outgoing = request(url, { agent, method, headers: headersOf(config) })
    const timer = setTimeout(
      () => outgoing.destroy(Object.assign(new Error('ETIMEDOUT'), { code: 'ETIMEDOUT' })),
      config.timeout,
    )
    outgoing.once('response', incoming => {
      clearTimeout(timer)
      resolve(incoming)
    })
    outgoing.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    outgoing.end(config.data)
  })
}

/**
 * What a request should say of packed answers. A list is text that shrinks to a tenth, which is worth it on any line; on this
 * machine it only takes time, and so it does for a document of a few hundred bytes.
 */
export function acceptedEncoding(url: string, isList: boolean): 'gzip' | 'identity' {
  return isList && !/^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname) ? 'gzip' : 'identity'
}

function unpacked(incoming: IncomingMessage): Readable {
  if (incoming.headers['content-encoding'] !== 'gzip') return incoming
  // Whichever of the two ends in an error ends the other: who reads gets it.
  return pipeline(incoming, createGunzip(), () => undefined)
}

function headersOf({ headers }: InternalAxiosRequestConfig): Record<string, string> {
  return Object.fromEntries(Object.entries(headers.toJSON()).map(([name, value]) => [name, String(value)]))
}
