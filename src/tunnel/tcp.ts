import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { EdgeError } from '../edge/index.js'

type Address = { readonly host: string; readonly port: number }

/** A TCP connection. Throws EdgeError (`host`). */
export function connectTcp({ host, port }: Address, timeoutMs: number): Promise<Socket> {
  const where = nameOf({ host, port })
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
    const fail = (why: string) => {
      socket.destroy()
      reject(new EdgeError(`${where}: ${why}`, 'host'))
    }
    const timer = setTimeout(() => fail(`no answer in ${timeoutMs} ms`), timeoutMs)
    // Also for what comes after it connected, until it is joined.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      fail(`can't connect (${error.code ?? 'failed'})`)
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

/** A TCP connection that an HTTP proxy makes (CONNECT), without a login to it. Throws EdgeError (`host`). */
export async function connectThrough(proxy: Address, target: Address, timeoutMs: number): Promise<Socket> {
  const began = performance.now()
  const socket = await connectTcp(proxy, timeoutMs)
  try {
    await demandTunnel(socket, nameOf(target), Math.max(1, timeoutMs - (performance.now() - began)))
    return socket
  } catch (error) {
    socket.destroy()
    const why = error instanceof Error ? error.message : 'failed'
    throw new EdgeError(`${nameOf(target)} through the proxy ${nameOf(proxy)}: ${why}`, 'host')
  }
}

function demandTunnel(socket: Socket, path: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // No default headers: some proxies take `Connection: close` at its word.
    const headers = { host: path }
    const plain = { createConnection: () => socket, setDefaultHeaders: false }
    const asked = request({ method: 'CONNECT', path, headers, ...plain })
    const timer = setTimeout(() => asked.destroy(new Error('no answer in time')), timeoutMs)
    asked.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      reject(error.code === undefined ? error : new Error(`no answer (${error.code})`))
    })
    asked.once('connect', (answer: IncomingMessage, _: Socket, early: Buffer) => {
      clearTimeout(timer)
      if (answer.statusCode !== 200) return reject(new Error(`it was refused: ${phraseOf(answer)}`))
      // What stands behind a target may speak first.
      if (early.length > 0) socket.unshift(early)
      resolve()
    })
    asked.end()
  })
}

// Whoever answers chose these words.
function phraseOf({ statusCode, statusMessage = '' }: IncomingMessage): string {
  const words = statusMessage.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 100)
  return `${statusCode} ${words}`.trim()
}

function nameOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
