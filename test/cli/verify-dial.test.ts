import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Overlay } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { hostReflect } from '../../src/flows/host-reflect.js'
import { openOverlayAs } from '../../src/flows/overlay.js'
import type { CheckResult } from '../../src/model/check.js'
import { offerPort } from '../../src/tunnel/index.js'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded } from '../support/cli-world.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { makeCertificate } from '../unit/enroll-certificates.js'

type Check = Pick<CheckResult, 'id' | 'result' | 'detail' | 'dial'>

describe('zprom verify --dial', function () {
  this.timeout(60_000)
  let overlay: TestOverlay | undefined
  let person: Person
  let wrong: Server
  const opened: Overlay[] = []
  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    overlay = await freshOverlay()
    person = await newPerson(overlay)
    await person.write(
      'zprom.yaml',
      'clusters:\n  - {name: a, prometheus: dark, scrape: [a.reflect, b.reflect]}\n  - {name: b, prometheus: dark}\ndevelopers:\n  - {name: dev, enroll: true}\n  - {name: away}\n',
    )
    await person.ok(['apply', '--yes'])
    wrong = createServer((request, response) => {
      response.statusCode = request.url === '/metrics' ? 404 : 200
      response.end('no such thing')
    })
    await new Promise<void>(resolve => wrong.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(one => one.close()))
  })
  after(async () => {
    wrong?.close()
    await overlay?.stop()
    await person?.leave()
  })
  const as = async (cluster: string, identity: string) => {
    const text = await person.read(`zprom-out/${cluster}/${identity}.json`)
    const one = openOverlayAs(identity, parseIdentityFile(text, { name: identity }), {
      timeoutMs: 10_000,
      now: Date.now,
    })
    opened.push(one)
    return one
  }
  const reflect = async (cluster: string) =>
    hostReflect(
      await as(cluster, `${cluster}.reflect.id`),
      {
        service: `${cluster}.reflect.svc`,
        scrapeService: `${cluster}.reflect.scrape.svc`,
        identity: `${cluster}.reflect.id`,
      },
      () => undefined,
    )
  const dials = async (...flags: string[]) => {
    const ran = await person.run(['verify', '--dial', '--json', ...flags])
    const { checks, error } = JSON.parse(ran.stdout)
    const all: Check[] = checks ?? error.results
    return { code: ran.code, of: (id: string) => all.find(one => one.id === `dial/${id}`) }
  }

  it('reads the metrics of every target as everybody who is to read it, and shows who reaches what', async () => {
    await reflect('a')
    await reflect('b')
    const ran = await person.run(['verify', '--dial', '--as', 'a.prometheus.id'])
    assert.equal(ran.code, 0, ran.stdout)
    assert.match(ran.stdout, /^ +a\.reflect {2}b\.reflect$/m)
    assert.match(ran.stdout, /^a\.prometheus\.id {2}ok +ok$/m)
    assert.match(ran.stdout, /a\.prometheus\.id reaches b\.reflect: \d+ samples of \d+ metrics in \d+ ms/)
  })

  it('tells what is wrong with the path: nobody there, an answer that is no metrics, a status', async () => {
    const host = await as('b', 'b.prometheus.id')
    await host.host('b.prometheus.svc', { identity: 'b.prometheus.id' }, stream => wrong.emit('connection', stream))
    const { code, of } = await dials()
    assert.equal(code, 7)
    assert.match(
      of('dev/a.reflect')?.detail ?? '',
      /^the path: a\.reflect\.scrape\.svc at a\.reflect\.id: nothing hosts it/,
    )
    assert.match(of('dev/b.prometheus')?.detail ?? '', /^the path: HTTP 404 from \/metrics/)
    assert.deepEqual(
      [of('away/a.reflect')?.result, of('away/a.reflect')?.detail],
      ['skip', 'its identity file is not here'],
    )
  })

  it('tells a lack of rights apart from a broken path', async () => {
    const admin = overlay?.admin() ?? assert.fail('the overlay is not there')
    const [policy] = (await admin.listByName('/service-policies', ['a.reflect.svc.dial.scrape'])) as { id: string }[]
    await admin.remove('/service-policies', policy?.id ?? '')
    await reflect('a')
    const { of } = await dials('--as', 'dev')
    assert.match(of('dev/a.reflect')?.detail ?? '', /^set-up: a\.reflect\.scrape\.svc: dev sees no such service/)
    await person.ok(['apply', '--yes'])
  })

  it('waits with --wait until a host comes', async () => {
    const waiting = dials('--as', 'b.prometheus.id', '--wait', '30s')
    await reflect('b')
    const { code, of } = await waiting
    assert.equal(of('b.prometheus.id/b.reflect')?.result, 'pass')
    assert.equal(code, 0)
  })

  it('does not wait for a right, and has a check for a target however many jobs read it', async () => {
    await reflect('b')
    const text = await person.read('zprom.yaml')
    await person.write(
      'zprom.yaml',
      text.replace('scrape: [a.reflect, b.reflect]', 'scrape: [b.reflect, {target: b.reflect, job: again}]'),
    )
    const ran = await person.run(['verify', '--dial', '--json', '--as', 'a.prometheus.id'])
    const { checks } = JSON.parse(ran.stdout) as { checks: Check[] }
    const [one, ...more] = checks.filter(({ id }) => id.startsWith('dial/'))
    assert.deepEqual([one?.id, one?.result, more], ['dial/a.prometheus.id/b.reflect', 'pass', []])
    assert.ok((one?.dial?.samples ?? 0) > 10 && (one?.dial?.latencyMs ?? -1) >= 0, JSON.stringify(one))
    await person.write('zprom.yaml', text)
    const admin = overlay?.admin() ?? assert.fail('the overlay is not there')
    const [policy] = (await admin.listByName('/service-policies', ['b.reflect.svc.dial.scrape'])) as { id: string }[]
    await admin.remove('/service-policies', policy?.id ?? '')
    const started = Date.now()
    const { of } = await dials('--as', 'b.prometheus.id', '--wait', '1h')
    assert.ok(Date.now() - started < 30_000)
    assert.equal(of('b.prometheus.id/b.reflect')?.dial?.fault, 'set-up')
    await person.ok(['apply', '--yes'])
  })

  it('speaks TLS with a target that has it, and holds its certificate against the name and the CA of the spec', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const certificate = (await makeCertificate(privateKey, { dnsNames: ['site.example'], isCa: true })).toString('pem')
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const site = createSecureServer({ key, cert: certificate }, (_request, response) =>
      response.end(`up 1 ${Date.now() - 1000}\n`),
    )
    await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve))
    await person.write('site.pem', certificate)
    const text = await person.read('zprom.yaml')
    const address = `127.0.0.1:${(site.address() as AddressInfo).port}`
    const dialled = async (serverName: string, caFile = join(person.folder, 'site.pem')) => {
      const fields = { name: 'site', address, hostedBy: 'a.reflect.id', scheme: 'https', serverName, caFile }
      await person.write('zprom.yaml', `${text}targets: ${JSON.stringify([fields])}\n`)
      await person.ok(['apply', '--yes'])
      const { result, detail } = (await dials('--as', 'dev')).of('dev/site') ?? {}
      return `${result} ${detail}`
    }
    await dialled('site.example')
    const config = { address: '127.0.0.1', port: Number(address.split(':')[1]), connectTimeoutMs: 1000, ignored: [] }
    const quiet = { idleMs: 0, onState: () => undefined, onError: () => undefined }
    await offerPort(await as('a', 'a.reflect.id'), { service: 'site.svc', config, ...quiet })
    assert.match(await dialled('site.example'), /^pass 1 samples of 1 metrics in \d+ ms, the newest \d\.\d s old$/)
    assert.match(await dialled('other.example'), /^fail the path: site\.svc: .*other\.example/)
    assert.match(
      await dialled('site.example', '/no/such.pem'),
      /^pass dialled in .* needs \/no\/such\.pem, which is not here/,
    )
    await person.write('zprom.yaml', text)
    site.close()
  })

  it('fails when there is nobody here who can dial: nothing would be proved', async () => {
    const files = ['developers/dev', 'a/a.prometheus.id', 'b/b.prometheus.id']
    const moved = files.map(file => join(person.folder, 'zprom-out', `${file}.json`))
    for (const file of moved) await rename(file, `${file}.away`)
    const { code, of } = await dials()
    assert.equal(code, 7)
    assert.equal(of('dev/a.reflect')?.result, 'skip')
    const { stdout } = await person.run(['verify', '--dial'])
    assert.match(stdout, /FAIL {2}somebody here can dial: set-up: no identity file/)
    for (const file of moved) await rename(`${file}.away`, file)
  })

  it('refuses a time that is none: 2', async () => {
    assertEnded(await person.run(['verify', '--dial', '--wait', 'soon']), 2, /soon/)
  })
})
