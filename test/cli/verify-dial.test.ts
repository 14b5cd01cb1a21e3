import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { Overlay } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { hostReflect } from '../../src/flows/host-reflect.js'
import { openOverlayAs } from '../../src/flows/overlay.js'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded } from '../support/cli-world.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'

type Check = { id: string; result: string; detail: string }

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
    const one = openOverlayAs(identity, parseIdentityFile(text, { name: identity }), 10_000)
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
    assert.match(of('dev/b.prometheus')?.detail ?? '', /^HTTP 404 from \/metrics/)
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

  it('refuses a time that is none: 2', async () => {
    assertEnded(await person.run(['verify', '--dial', '--wait', 'soon']), 2, /soon/)
  })
})
