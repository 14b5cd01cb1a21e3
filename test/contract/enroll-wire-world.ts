// A controller of its own for the enrolment tests, the few admin calls that they need, and a relay that cuts connections.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket, connect as tcpConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { connect } from 'node:tls'

export type TestController = {
  readonly url: string
  readonly port: number
  /** The key of the server's TLS certificate, which also signs tokens: with it a test can make a token with other claims. */
  readonly serverKey: KeyObject
  stop(): Promise<void>
}

const password = 'correct-horse-1'

/** Path of the program that starts a controller (`overlay`, or a `ziti` release), if the tests were given one. */
export const program = process.env.ZPROM_TEST_OVERLAY

/** Starts the controller on a free port of this machine and waits until it answers. */
export async function startController(): Promise<TestController> {
  if (program === undefined) throw new Error('ZPROM_TEST_OVERLAY is not set')
  const home = await mkdtemp(join(tmpdir(), 'zprom-enroll-'))
  const [port, routerPort] = [await freePort(), await freePort()]
  const quickstart = basename(program).startsWith('ziti') ? ['edge', 'quickstart'] : ['quickstart']
  const args = [...quickstart, '--home', home, '--ctrl-address', 'localhost', '--ctrl-port', String(port)]
  args.push(
    '--router-address',
    'localhost',
    '--router-port',
    String(routerPort),
    '-u',
    'admin',
    '-p',
    password,
    '--no-router',
  )
  const child = spawn(program, args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const url = `https://localhost:${port}`
  try {
    await until(async () => {
      assert.equal(child.exitCode, null, 'the controller ended')
      await adminOf(url)
    })
    return {
      url,
      port,
      serverKey: await keyOfServer(home, port),
      stop: async () => {
        child.kill('SIGTERM')
        await ended
        await rm(home, { recursive: true, force: true })
      },
    }
  } catch (error) {
    child.kill('SIGTERM')
    throw error
  }
}

export type Admin = {
  /** Creates an identity with an open one-time enrollment; gives its id. */
  identity(name: string): Promise<string>
  jwt(id: string): Promise<string>
  enrollment(id: string): Promise<string>
  remove(path: string): Promise<void>
  /** The certificates that the controller keeps for the identity. */
  certificates(id: string): Promise<string[]>
}

/** Logs in as the admin. */
export async function adminOf(url: string): Promise<Admin> {
  const base = `${url}/edge/management/v1`
  const login = await call('POST', `${base}/authenticate?method=password`, { body: { username: 'admin', password } })
  assert.equal(login.status, 200)
  const headers = { 'zt-session': String(login.body.data.token) }
  const get = async (path: string) => (await call('GET', base + path, { headers })).body.data
  return {
    async identity(name) {
      const body = { name, type: 'Device', isAdmin: false, enrollment: { ott: true } }
      const made = await call('POST', `${base}/identities`, { headers, body })
      assert.equal(made.status, 201)
      return made.body.data.id
    },
    jwt: async id => (await get(`/identities/${id}`)).enrollment.ott.jwt,
    enrollment: async id => (await get(`/identities/${id}`)).enrollment.ott.id,
    async remove(path) {
      assert.equal((await call('DELETE', base + path, { headers })).status, 200)
    },
    async certificates(id) {
      const all: { identityId: string; method: string; certPem?: string }[] = await get('/authenticators?limit=500')
      return all.flatMap(one => (one.identityId === id && one.method === 'cert' ? [one.certPem ?? ''] : []))
    },
  }
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
  return { status: Number(incoming.statusCode), body: JSON.parse(text) }
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

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}

async function until(attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}

async function keyOfServer(home: string, port: number): Promise<KeyObject> {
  const socket = connect({ port, host: 'localhost', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const wanted = socket.getPeerX509Certificate()?.publicKey
  socket.destroy()
  for (const entry of await readdir(home, { recursive: true })) {
    if (!entry.endsWith('.key')) continue
    const key = createPrivateKey(await readFile(join(home, entry)))
    if (wanted?.equals(createPublicKey(key)) === true) return key
  }
  throw new Error("no key of the server's certificate")
}
