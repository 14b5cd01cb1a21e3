// What stands at an address may be anything. These servers are no imitation of a controller: each is one way of not being one.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer, type Server } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  createEnroller,
  isPubliclyTrusted,
  LostAnswer,
  makeKey,
  probeServer,
  readToken,
} from '../../src/enroll/index.js'
import { ControllerError, ZpromError } from '../../src/errors.js'
import { bundleOf, makeCertificate, type Wish } from '../unit/enroll-certificates.js'
import { listen, signedAgain } from './enroll-wire-world.js'

const caKey = newKey()
const timeoutMs = 5000

type Identity = { readonly key: string; readonly cert: string; readonly keyObject: KeyObject }

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

async function authority() {
  return makeCertificate(caKey, { subject: 'CN=test ca', isCa: true })
}

// A server certificate that the test's own authority issued.
async function issued(wish: Wish = {}): Promise<Identity> {
  const keyObject = newKey()
  const certificate = await makeCertificate(keyObject, {
    issuer: { certificate: await authority(), key: caKey },
    ...wish,
  })
  const key = keyObject.export({ type: 'sec1', format: 'pem' }).toString()
  return { key, cert: certificate.toString('pem'), keyObject }
}

describe('looking at a server that is no OpenZiti controller', () => {
  const running = new Set<{ close(): void }>()
  afterEach('close the servers', () => {
    for (const server of running) server.close()
    running.clear()
  })

  async function serve(identity: Identity, listener: RequestListener): Promise<{ url: string; server: Server }> {
    const server = createHttpsServer(identity, listener)
    running.add({
      close: () => {
        server.close()
        server.closeAllConnections()
      },
    })
    return { url: `https://localhost:${await listen(server)}`, server }
  }

  async function serveTcp(onSocket: (socket: Socket) => void): Promise<string> {
    const server = createTcpServer(onSocket)
    running.add(server)
    return `https://localhost:${await listen(server)}`
  }

  async function serveBundle(): Promise<RequestListener> {
    const bundle = await bundleOf([await authority()])
    return (_request, response) => {
      response.setHeader('content-type', 'application/pkcs7-mime').end(bundle)
    }
  }

  async function failure(url: string, signal?: AbortSignal): Promise<ZpromError> {
    try {
      await probeServer(url, { timeoutMs: 300, signal })
    } catch (error) {
      assert.ok(error instanceof ZpromError, String(error))
      assert.equal(error.cause, undefined)
      return error
    }
    assert.fail('it was accepted')
  }

  it('accepts a server whose bundle verifies it: the checks below fail for their own reasons', async () => {
    const identity = await issued()
    const { url } = await serve(identity, await serveBundle())
    const { bundle } = await probeServer(url, { timeoutMs })
    assert.equal(bundle.length, 1)
  })

  it('wants an https address without credentials, and takes one with a path', async () => {
    for (const address of ['localhost:1280', 'http://localhost:1280', 'https://user:secret@localhost', '']) {
      const error = await failure(address)
      assert.equal(error.name, 'UsageError')
      assert.equal(error.message.includes('secret'), false)
    }
    await assert.rejects(isPubliclyTrusted('localhost', { timeoutMs }), { name: 'UsageError' })
    const { url } = await serve(await issued(), await serveBundle())
    assert.equal((await probeServer(`${url}/edge/management/v1`, { timeoutMs })).bundle.length, 1)
  })

  it('says that nothing listens there', async () => {
    const { url, server } = await serve(await issued(), await serveBundle())
    server.close()
    await once(server, 'close')
    const error = await failure(url)
    assert.ok(error instanceof ControllerError)
    assert.deepEqual(error.detail, {
      method: 'GET',
      path: '/.well-known/est/cacerts',
      networkCode: 'ECONNREFUSED',
      retryable: true,
    })
    assert.match(error.hint ?? '', /localhost:\d+ can be reached/)
  })

  it('says that the port does not speak TLS', async () => {
    const url = await serveTcp(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const error = await failure(url)
    assert.match(error.message, /does not speak TLS there/)
    assert.match(error.hint ?? '', /edge API/)
  })

  it('says that there is no answer in time', async () => {
    const silent = await serveTcp(() => undefined)
    assert.match((await failure(silent)).message, /no answer in time/)
    const { url } = await serve(await issued(), () => undefined)
    assert.match((await failure(url)).message, /no answer in time/)
  })

  it('does not wait for an answer that comes drop by drop', async () => {
    const { url } = await serve(await issued(), (_request, response) => {
      response.setHeader('content-type', 'application/pkcs7-mime')
      const timer = setInterval(() => response.write('M'), 20)
      response.on('close', () => clearInterval(timer))
    })
    assert.match((await failure(url)).message, /no answer in time/)
  })

  it('stops reading an answer that is too large', async () => {
    let written = 0
    const { url } = await serve(await issued(), (_request, response) => {
      response.setHeader('content-type', 'application/pkcs7-mime')
      const pump = () => {
        while (!response.destroyed && response.write('M'.repeat(65_536))) written += 65_536
        if (!response.destroyed) response.once('drain', pump)
      }
      pump()
    })
    assert.match((await failure(url)).message, /far too large/)
    assert.ok(written < 50_000_000)
  })

  for (const [what, status, type, body] of [
    ['a web page', 200, 'text/html', '<html></html>'],
    ['JSON', 200, 'application/json', '{"data":{}}'],
    ['not found', 404, 'text/plain', 'not found'],
    ['unavailable', 503, 'text/plain', 'later'],
  ] as const) {
    it(`says that an answer of ${status} with ${what} is not a controller's`, async () => {
      const { url } = await serve(await issued(), (_request, response) => {
        response.writeHead(status, { 'content-type': type }).end(body)
      })
      const error = await failure(url)
      assert.ok(error instanceof ControllerError)
      assert.match(error.message, /no OpenZiti controller/)
      assert.equal(error.detail.status, status)
      assert.equal(error.detail.retryable, status === 503)
    })
  }

  it('follows no redirect', async () => {
    let asked = 0
    const { url } = await serve(await issued(), (_request, response) => {
      asked += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    assert.match((await failure(url)).message, /status 302/)
    assert.equal(asked, 1)
  })

  it('says that the bundle is unreadable', async () => {
    const { url } = await serve(await issued(), (_request, response) => {
      response.setHeader('content-type', 'application/pkcs7-mime').end('<html>')
    })
    assert.match((await failure(url)).message, /CA bundle\) cannot be read/)
  })

  it('refuses a server that its own bundle does not verify', async () => {
    const other = await makeCertificate(newKey(), { subject: 'CN=other ca', isCa: true })
    const bundle = await bundleOf([other])
    const { url } = await serve(await issued(), (_request, response) => {
      response.setHeader('content-type', 'application/pkcs7-mime').end(bundle)
    })
    assert.match((await failure(url)).message, /not issued by any of the certificates/)
  })

  it('names the names that a certificate is for when the host is not one of them', async () => {
    const { url } = await serve(await issued({ dnsNames: ['ctrl.example.com'] }), await serveBundle())
    const error = await failure(url)
    assert.ok(error instanceof ControllerError)
    assert.equal(error.detail.networkCode, 'ERR_TLS_CERT_ALTNAME_INVALID')
    assert.match(error.message, /other names \(DNS:ctrl\.example\.com\)/)
  })

  it('says that the certificate has expired', async () => {
    const { url } = await serve(await issued({ notAfter: new Date('2021-01-01') }), await serveBundle())
    const error = await failure(url)
    assert.match(error.message, /has expired \(CERT_HAS_EXPIRED\)/)
    assert.match(error.hint ?? '', /Renew/)
  })

  it('refuses a server that shows another certificate on the second look', async () => {
    const replacement = await issued()
    const { url, server } = await serve(await issued(), await serveBundle())
    server.once('secureConnection', () => server.setSecureContext(replacement))
    assert.match((await failure(url)).message, /another certificate than a moment ago/)
  })

  it('ends at once when it is called off', async () => {
    const url = await serveTcp(() => undefined)
    const abort = new AbortController()
    const running = failure(url, abort.signal)
    abort.abort()
    assert.match((await running).message, /called off/)
  })

  it('finds a server publicly trusted when the roots that Node trusts verify it', async () => {
    const { url } = await serve(await issued(), await serveBundle())
    const folder = await mkdtemp(join(tmpdir(), 'zprom-roots-'))
    const roots = join(folder, 'roots.pem')
    await writeFile(roots, (await authority()).toString('pem'))
    // Node reads its roots once, so it takes a new process to give it one more.
    const script = `import { isPubliclyTrusted } from '${new URL('../../src/enroll/issuer.ts', import.meta.url)}'
      console.log(await isPubliclyTrusted('${url}', { timeoutMs: ${timeoutMs} }))`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: roots }
    const run = promisify(execFile)(process.execPath, args, { env })
    const { stdout } = await run.finally(() => rm(folder, { recursive: true }))
    assert.equal(stdout, 'true\n')
  })

  it('tells an unreachable server from one that is not publicly trusted', async () => {
    const { url } = await serve(await issued(), await serveBundle())
    assert.equal(await isPubliclyTrusted(url, { timeoutMs }), false)
    const plain = await serveTcp(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await assert.rejects(isPubliclyTrusted(plain, { timeoutMs }), ControllerError)
    await assert.rejects(isPubliclyTrusted(await serveTcp(() => undefined), { timeoutMs: 50 }), {
      message: /no answer in time/,
    })
  })

  describe('enrolling with a token that the server did sign', () => {
    const claims = { em: 'ott', exp: 4_000_000_000, jti: 'secret-token-id', sub: 'identity1' }

    function tokenOf(url: string, key: KeyObject): string {
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'JWT' })).toString('base64url')
      return signedAgain(`${header}.${Buffer.from('{}').toString('base64url')}.`, key, { ...claims, iss: url })
    }

    async function enroll(url: string, identity: Identity): Promise<ControllerError> {
      const jwt = tokenOf(url, identity.keyObject)
      assert.equal(readToken(jwt).issuer, url)
      const enroller = createEnroller({ timeoutMs: 300, now: () => 0, parallel: 1 })
      try {
        await enroller.enroll(jwt, await makeKey('ec-p256'))
      } catch (error) {
        assert.ok(error instanceof ControllerError, String(error))
        assert.equal(`${error.stack}${JSON.stringify(error)}`.includes('secret-token-id'), false)
        return error
      } finally {
        enroller.close()
      }
      assert.fail('it enrolled')
    }

    async function serveEnroll(onEnroll: RequestListener) {
      const identity = await issued()
      const bundle = await serveBundle()
      const listener: RequestListener = (request, response) => {
        if (request.method === 'POST') onEnroll(request, response)
        else bundle(request, response)
      }
      return { identity, ...(await serve(identity, listener)) }
    }

    it('sends the token to no other certificate than the one that verified it', async () => {
      let posts = 0
      const { identity, url, server } = await serveEnroll((_request, response) => {
        posts += 1
        response.end()
      })
      const replacement = await issued()
      let connections = 0
      server.on('secureConnection', () => {
        connections += 1
        if (connections === 2) server.setSecureContext(replacement)
      })
      const error = await enroll(url, identity)
      assert.equal(error instanceof LostAnswer, false)
      assert.equal(error.detail.networkCode, 'LEAF_CHANGED')
      assert.deepEqual([posts, connections >= 2], [0, true])
    })

    for (const [what, status, body, lost] of [
      ['an answer that breaks off', 0, '', true],
      ['no answer in time', -1, '', true],
      ['a success without a certificate', 200, '{"data":{}}', true],
      ['a success that is a web page', 200, '<html>', true],
      ['a gateway that gave up', 504, 'gateway time-out', true],
      ['a controller that is too busy', 429, '{"error":{"code":"SERVER_TOO_MANY_REQUESTS"}}', false],
      ['a status above all classes', 602, '{"error":{"code":"COULD_NOT_VALIDATE"}}', false],
      ['a refusal', 400, '{"error":{"code":"COULD_NOT_PROCESS_CSR","cause":{"value":"secret-token-id"}}}', false],
      ['a redirect', 307, '', false],
    ] as const) {
      it(`takes ${what} for ${lost ? 'a lost answer' : 'a refusal that spent nothing'}`, async () => {
        const { identity, url } = await serveEnroll((request, response) => {
          if (status === 0) request.socket.destroy()
          else if (status > 0)
            response.writeHead(status, { 'content-type': 'application/json', location: '/x' }).end(body)
        })
        const error = await enroll(url, identity)
        assert.equal(error instanceof LostAnswer, lost, error.message)
        assert.equal(error.detail.retryable, status === 429)
        assert.match(error.detail.path, /^\/edge\/client\/v1\/enroll\?method=ott$/)
      })
    }

    it('takes the certificate of another key for a lost answer', async () => {
      const { cert } = await issued()
      const { identity, url } = await serveEnroll((_request, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: { cert } }))
      })
      const error = await enroll(url, identity)
      assert.ok(error instanceof LostAnswer)
      assert.match(error.message, /certificate of another key/)
    })
  })
})
