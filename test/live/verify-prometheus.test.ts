import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import type { Overlay } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { openOverlayAs } from '../../src/flows/overlay.js'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded, documentOf } from '../support/cli-world.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { hasPrometheus, type Prometheus, startPrometheus } from '../support/prometheus.js'
import { requires } from '../support/requires.js'

type Check = { id: string; result: string; detail: string }

// The Prometheus is real and so is the overlay between it and zprom. What it scrapes is itself, under the name that the
// target would have: here it is what Prometheus says that is read, and not how it gets there.
describe('zprom verify --prometheus', function () {
  this.timeout(60_000)
  let overlay: TestOverlay | undefined
  let person: Person
  let prometheus: Prometheus | undefined
  let host: Overlay | undefined
  const spec = (scrape: string) =>
    `clusters:\n  - {name: k, prometheus: dark, scrape: [${scrape}]}\ndevelopers:\n  - {name: dev, enroll: true}\n`

  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    requires(this, hasPrometheus(), 'prometheus is not installed')
    overlay = await freshOverlay()
    person = await newPerson(overlay)
    await person.write('zprom.yaml', spec('k.reflect'))
    await person.ok(['apply', '--yes'])
    const file = parseIdentityFile(await person.read('zprom-out/k/k.prometheus.id.json'), { name: 'k' })
    host = openOverlayAs('k.prometheus.id', file, { timeoutMs: 10_000, now: Date.now })
  })
  after(async () => {
    await host?.close()
    await prometheus?.stop()
    await overlay?.stop()
    await person?.leave()
  })
  const own = (job: string, instance: string, port: number, labels: Readonly<Record<string, string>> = {}) => ({
    job_name: job,
    scrape_interval: '1s',
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    relabel_configs: Object.entries({ instance, ...labels }).map(([target_label, replacement]) => ({
      target_label,
      replacement,
    })),
  })
  const hosting = async (config: (port: number) => object[]) => {
    await prometheus?.stop()
    // It scrapes itself, so its port has to be known before: it is found by the first start.
    const first = await startPrometheus({})
    await first.stop()
    prometheus = await startPrometheus({ scrape_configs: config(first.port) }, first.port)
    const { port } = prometheus
    return host?.host('k.prometheus.svc', { identity: 'k.prometheus.id' }, stream => {
      pipeline(stream, connect(port, '127.0.0.1'), stream, () => undefined)
    })
  }
  const checksOf = async (...flags: string[]) => {
    const { code, ...ran } = await person.run(['verify', '--prometheus', 'k', '--json', ...flags])
    const { checks, error } = documentOf({ code, ...ran })
    const all: Check[] = checks ?? error.results
    return { code, of: (id: string) => all.find(one => one.id === id) }
  }

  it('passes when the job is there, has the target of the spec, and is up', async () => {
    const hosted = await hosting(port => [own('k.reflectz', 'k.reflect.scrape.svc-k.reflect.id:80', port)])
    await prometheus?.untilTarget('k.reflectz', ({ health }) => health === 'up')
    const { code, of } = await checksOf('--expect', 'up == 1')
    assert.equal(of('prometheus/k/k.reflectz')?.result, 'pass', JSON.stringify(of('prometheus/k/k.reflectz')))
    assert.match(of('prometheus/k')?.detail ?? '', /1 targets, asked as dev/)
    assert.equal(of('expect/k/up == 1')?.result, 'pass')
    assert.equal(code, 0)
    await hosted?.close()
  })

  it('knows a job among the targets that a bridge lists for one, by its labels, and what is scraped besides', async () => {
    const instance = 'k.reflect.scrape.svc-k.reflect.id:80'
    const labels = { job: 'k.reflectz', cluster: 'k', workload: 'reflect', service: 'k.reflect.scrape.svc' }
    const scraped = (wrong: Readonly<Record<string, string>>) =>
      hosting(port => [
        own('overlay', instance, port, { ...labels, ...wrong }),
        own('more', 'k.prometheus.svc-k.prometheus.id:80', port),
        own('chart', 'kubernetes:443', port),
      ])
    const right = await scraped({})
    await prometheus?.untilTarget('k.reflectz', ({ health }) => health === 'up')
    const { code, of } = await checksOf()
    assert.equal(of('prometheus/k/k.reflectz')?.result, 'pass', JSON.stringify(of('prometheus/k/k.reflectz')))
    assert.equal(of('prometheus/k/more')?.result, 'warn')
    assert.match(of('prometheus/k/more')?.detail ?? '', /^the job more scrapes k\.prometheus\.svc-k\.prometheus\.id:80/)
    assert.equal(of('prometheus/k/overlay') ?? of('prometheus/k/chart'), undefined)
    assert.equal(code, 0)
    await right?.close()
    const other = await scraped({ workload: 'web', service: 'other' })
    await prometheus?.untilTarget('k.reflectz', ({ health }) => health === 'up')
    const found = (await checksOf()).of('prometheus/k/k.reflectz')
    assert.equal(found?.result, 'fail')
    assert.match(
      found?.detail ?? '',
      /service="other" instead of "k\.reflect\.scrape\.svc", cluster and workload of k\.web/,
    )
    await other?.close()
  })

  it('fails for a job that is missing, is down, or has another target, and for an expression without a series', async () => {
    await person.write(
      'zprom.yaml',
      spec('k.reflect, {target: k.prometheus, job: self}, {target: k.reflect, job: gone}'),
    )
    await person.ok(['apply', '--yes'])
    const hosted = await hosting(port => [
      own('k.reflectz', 'k.reflect.scrape.svc-k.reflect.id:80', 1),
      own('self', 'elsewhere:80', port),
    ])
    await prometheus?.untilTarget('k.reflectz', ({ health }) => health === 'down')
    const { code, of } = await checksOf('--expect', 'reflect_total_connections > 0', '--expect', 'up >')
    assert.equal(code, 7)
    assert.match(of('prometheus/k/k.reflectz')?.detail ?? '', /^down: .*connection refused/)
    assert.match(
      of('prometheus/k/self')?.detail ?? '',
      /elsewhere:80, and k\.prometheus\.svc-k\.prometheus\.id:80 is wanted/,
    )
    assert.equal(of('prometheus/k/gone')?.detail, 'it does not know the job')
    assert.equal(of('expect/k/reflect_total_connections > 0')?.detail, 'no series')
    assert.match(of('expect/k/up >')?.detail ?? '', /parse error/)
    await hosted?.close()
  })

  it('fails when nobody hosts it, and says so', async () => {
    const { code, of } = await checksOf()
    assert.equal(code, 7)
    assert.match(of('prometheus/k')?.detail ?? '', /k\.prometheus\.svc at k\.prometheus\.id: nothing hosts it/)
  })

  it('refuses a name that the spec does not have, and one to ask as whose file is not here', async () => {
    assertEnded(
      await person.run(['verify', '--prometheus', 'x']),
      2,
      /the spec has no such Prometheus/,
      /it has: k, or all/,
    )
    const { rename } = await import('node:fs/promises')
    const file = join(person.folder, 'zprom-out/developers/dev.json')
    await rename(file, `${file}.away`)
    assertEnded(await person.run(['verify', '--prometheus', 'k', '--as', 'dev']), 2, /identity file of dev is not here/)
    await rename(`${file}.away`, file)
  })
})
