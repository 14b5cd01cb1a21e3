import { generateKeyPairSync } from 'node:crypto'
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { EdgeApi, EdgeService } from '../../src/edge/index.js'
import { createFrameReader, encodeMessage, type Message } from '../../src/edge/wire.js'
import { makeCertificate } from '../unit/enroll-certificates.js'

/** What no real router does can only be had from one that is made for it: this one speaks TLS and then does as it is told. */
export type StrangeRouter = {
  /** Its URL, as a controller gives it. */
  readonly url: string
  /** For a client that trusts it, and that it trusts. */
  readonly credentials: { readonly key: string; readonly cert: string; readonly ca: string }
  /** How many connections came. */
  connections(): number
  close(): Promise<void>
}

/** One connection to it: messages as they come, and ways to answer. */
export type Guest = {
  readonly socket: Socket
  say(type: number, headers: readonly (readonly [number, Buffer])[], body?: Buffer): void
}

export type Manners = {
  /** When a connection has come; before the hello. */
  readonly onConnect?: (guest: Guest) => void
  /** For each message; undefined: all is acknowledged as a hello is. */
  readonly onMessage?: (message: Message, guest: Guest) => void
  /** Does not even speak TLS, nor read. */
  readonly plain?: boolean
}

/** Starts one on a free port of loopback. */
export async function startStrangeRouter(manners: Manners): Promise<StrangeRouter> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const cert = (await makeCertificate(privateKey, { isCa: true })).toString('pem')
  const sockets = new Set<Socket>()
  let sequence = 0
  const welcome = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    const reader = createFrameReader()
    const guest: Guest = {
      socket,
      say: (type, headers, body = Buffer.alloc(0)) =>
        void socket.write(encodeMessage({ type, sequence: ++sequence, headers: new Map(headers), body })),
    }
    manners.onConnect?.(guest)
    if (manners.plain) return
    const onMessage = manners.onMessage ?? greet
    socket.on('data', piece => {
      for (const message of reader.push(piece)) onMessage(message, guest)
    })
  }
  const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false }
  const server = manners.plain
    ? createPlainServer(welcome)
    : createServer(options, (socket: TLSSocket) => welcome(socket))
  server.on('tlsClientError', () => undefined)
  const port = await listen(server)
  let count = 0
  server.on('connection', () => count++)
  return {
    url: `tls://localhost:${port}`,
    credentials: { key, cert, ca: cert },
    connections: () => count,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Answers a hello as any router does, whatever it says. */
export function greet(message: Message, guest: Guest): void {
  if (message.type === 0)
    guest.say(2, [
      [1, int(message.sequence)],
      [2, Buffer.from([1])],
    ])
}

/** The client API as far as the data plane asks it: one service, whose only routers are these. */
export function apiOf(routers: readonly string[], service: EdgeService): EdgeApi {
  let number = 0
  return {
    identity: 'tester',
    token: async () => `api-token-${number}`,
    renew: () => void number++,
    onRenewal: () => undefined,
    services: async () => [service],
    whoAmI: async () => 'tester',
    session: async () => ({ token: 'service-token', routers }),
    end: async () => undefined,
  }
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
