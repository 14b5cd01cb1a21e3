// What the enrolment tests need of the real controller, and a relay that cuts connections.
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket, connect as tcpConnect } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { readEnrollment } from '../../src/controller/index.js'
import { asRaw } from '../../src/kinds/index.js'
import type { TestOverlay } from '../support/overlay.js'
import type { World } from '../support/world.js'

/** A new identity with an open one-time enrollment. */
export async function newIdentity({ admin }: World, name: string) {
  const body = { name, type: 'Device', isAdmin: false, enrollment: { ott: true } }
  const { id } = await admin.create('/identities', body)
  const { ott } = readEnrollment(asRaw(await admin.get(`/identities/${id}`), 'identity'))
  assert.ok(ott !== undefined)
  return { id, jwt: ott.jwt, enrollment: ott.id }
}

/** The certificates that the controller keeps for an identity. */
export async function certificatesOf({ admin }: World, id: string): Promise<string[]> {
  const all = (await admin.list('/authenticators')).map(row => asRaw(row, 'authenticator'))
  return all.flatMap(one => (one.identityId === id && one.method === 'cert' ? [String(one.certPem)] : []))
}

type Options = { headers?: Record<string, string>; body?: object; tls?: { key: string; cert: string; ca: string[] } }

/** One JSON request; verified with `tls.ca` if given, otherwise not at all, which is for this machine's test controller only. */
export async function call(method: string, url: string, { headers = {}, body, tls }: Options = {}) {
  const trust = tls === undefined ? { rejectUnauthorized: false } : { ...tls, rejectUnauthorized: true }
  const agent = new Agent(trust)
  const outgoing = request(url, {
    method,
    agent,
    headers: { ...headers, accept: 'application/json', 'content-type': 'application/json' },
  })
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  const [incoming] = await once(outgoing, 'response')
  const text = Buffer.concat(await incoming.toArray()).toString('utf8')
  return { status: Number(incoming.statusCode), body: JSON.parse(text || 'null') }
}

/**
 * The key of the server's TLS certificate, which also signs tokens: with it a test can make a token with other claims.
 * Found in the home by its certificate, wherever the program keeps it; undefined when the controller is not ours.
 */
export async function findServerKey({ home, url }: TestOverlay): Promise<KeyObject | undefined> {
  if (home === undefined) return undefined
  const socket = connect({ port: Number(new URL(url).port), host: 'localhost', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const wanted = socket.getPeerX509Certificate()?.publicKey
  socket.destroy()
  for (const entry of await readdir(home, { recursive: true })) {
    if (!entry.endsWith('.key')) continue
    const key = createPrivateKey(await readFile(join(home, entry)))
    if (wanted?.equals(createPublicKey(key)) === true) return key
  }
  return undefined
}

/** A token with changed claims, signed by the controller's own key as the controller would. */
export function signedAgain(jwt: string, key: KeyObject, changes: object): string {
  const [header = '', claims = ''] = jwt.split('.')
  const payload = { ...JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')), ...changes }
  const input = `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  const hash = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256'
  return `${input}.${sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** What happens to the connection with this number, counted from 1: nothing, or it is cut at the given point. */
export type Cut = 'none' | 'before-request' | 'before-answer'

/** A TCP relay in front of a port; it cannot look into TLS, so it goes by the number of bytes. */
export async function relayTo(
  port: number,
  cutOf: (connection: number) => Cut,
): Promise<{ port: number; close(): Promise<void> }> {
  let count = 0
  const open = new Set<Socket>()
  const server = createServer(near => {
    count += 1
    const cut = cutOf(count)
    const far = tcpConnect(port, 'localhost')
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    let asked = 0
    let held = 0
    near.on('data', chunk => {
      asked += chunk.length
      if (cut === 'before-request' && asked > handshakeBytes) near.destroy()
      else far.write(chunk)
    })
    far.on('data', chunk => {
      if (cut === 'none' || asked <= handshakeBytes) near.write(chunk)
      else held += chunk.length
      if (held > ticketBytes) near.destroy()
    })
  })
  const relayPort = await listen(server)
  return {
    port: relayPort,
    close: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Listens on a free port of this machine. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return portOf(server)
}

// More than a client says before its request (hello and finished), less than with a certificate request.
const handshakeBytes = 750
// More than a server's session tickets, less than an answer with a certificate.
const ticketBytes = 700

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
