import assert from 'node:assert/strict'
import { newPerson, type Person } from '../support/cli.js'
import { type Running, startZprom, stopAll } from '../support/cli-running.js'
import { documentOf } from '../support/cli-world.js'
import { canStartOverlays } from '../support/overlay.js'
import { hasPrometheus } from '../support/prometheus.js'
import { requires } from '../support/requires.js'
import { until } from '../support/world-checks.js'

type Check = { id: string; title: string; result: string; detail: string }

// Everything that the article shows, with a stock Prometheus where it has its fork.
describe('zprom sandbox demo', function () {
  this.timeout(180_000)
  let person: Person
  before(async function () {
    requires(this, canStartOverlays(), 'starts a sandbox of its own')
    requires(this, hasPrometheus(), 'prometheus is not installed')
    person = await newPerson()
  })
  after(async () => {
    await person?.run(['sandbox', 'down', '--folder', '../sandbox', '--purge'])
    await person?.leave()
  })
  afterEach(stopAll)
  const demo = ['sandbox', 'demo', '--folder', '../sandbox']
  const env = () => ({ ZPROM_ZITI: process.env.ZPROM_ZITI })

  const isRunning = async () =>
    documentOf(await person.run(['sandbox', 'status', '--folder', '../sandbox', '--json'])).running

  it('proves the whole article on one machine, over the overlay, and leaves a sandbox that ran before', async () => {
    await person.ok(['sandbox', 'up', '--folder', '../sandbox'], { env: env() })
    const ran = await person.run([...demo, '--once', '--json'], { env: env() })
    assert.equal(ran.code, 0, `${ran.stdout}\n${ran.stderr}`)
    const { checks, urls }: { checks: Check[]; urls: object } = JSON.parse(ran.stdout)
    assert.deepEqual(urls, {}, 'they are gone')
    assert.equal(await isRunning(), true)
    await person.ok(['sandbox', 'down', '--folder', '../sandbox'])
    const of = (id: string) => checks.find(check => check.id === id)
    assert.deepEqual(
      checks.filter(({ result }) => result !== 'pass'),
      [],
    )
    // Text sent to both workloads comes back.
    assert.match(of('echo/kubeB.reflect.svc')?.detail ?? '', /you sent me: this is kubeB/)
    // From kubeA the workload of kubeB is scraped, and its series is there.
    assert.match(of('prometheus/kubeA/kubeB.reflectz')?.detail ?? '', /^up, /)
    assert.match(of('expect/kubeA/reflect_total_connections > 0')?.detail ?? '', /^2 series/)
    for (const name of ['kubeA', 'kubeB', 'local'])
      assert.match(
        of(`expect/${name}/reflect_total_connections{instance=~"kubeB[.].+"} > 0`)?.detail ?? '',
        /^1 series/,
        name,
      )
    // The dark local Prometheus has the article's four targets, and is the seventh service.
    assert.match(of('prometheus/local')?.detail ?? '', /^4 targets, asked as dev\.client/)
    for (const job of ['zitified-prometheus-a', 'reflect-a', 'zitified-prometheus-b', 'reflectz-b'])
      assert.equal(of(`prometheus/local/${job}`)?.result, 'pass', job)
    assert.match(of('services/dev.client')?.detail ?? '', /^7 of 7, as the controller tells the identity itself/)
  })

  it('stays until it is interrupted, with addresses to open, and leaves nothing running', async () => {
    const running = startDemo()
    const said = () => running.stdout() + running.stderr()
    await untilLate('the demo says how to end it', () => said().includes('Ctrl-C ends it'))
    const addresses = [...said().matchAll(/^(kubeA|kubeB|local): (http:\S+)$/gm)]
    assert.deepEqual(
      addresses.map(([, name]) => name),
      ['kubeA', 'kubeB', 'local'],
    )
    for (const [, , address = ''] of addresses) {
      const answer = await fetch(`${address}api/v1/targets`)
      const { data } = (await answer.json()) as { data: { activeTargets: { health: string }[] } }
      assert.ok(data.activeTargets.length > 0 && data.activeTargets.every(({ health }) => health === 'up'), address)
    }
    assert.match(
      said(),
      /^kubeA: .* offered by kubeA\.ziti\.id, as the host\.v1 config of kubeA\.prometheus\.svc says$/m,
    )
    running.child.kill('SIGINT')
    assert.equal((await running.ended).code, 0, said())
    for (const [, , address = ''] of addresses) await assert.rejects(fetch(address), address)
    assert.equal(await isRunning(), false)
  })

  it('gives its document while its addresses answer, and ends when its terminal is closed', async () => {
    const running = startDemo('--json')
    await untilLate('the document is there', () => running.stdout().endsWith('}\n'))
    const { checks, urls }: { checks: Check[]; urls: Record<string, string> } = JSON.parse(running.stdout())
    assert.ok(checks.length > 40 && checks.every(({ result }) => result === 'pass'))
    assert.deepEqual(Object.keys(urls), ['kubeA', 'kubeB', 'local'])
    for (const url of Object.values(urls)) assert.equal((await fetch(`${url}-/ready`)).status, 200, url)
    running.child.kill('SIGHUP')
    const { code, stdout, stderr } = await running.ended
    assert.equal(code, 0, stderr)
    JSON.parse(stdout)
    for (const url of Object.values(urls)) await assert.rejects(fetch(url), url)
    assert.equal(await isRunning(), false)
  })

  function startDemo(...flags: string[]): Running {
    const { ZPROM_ZITI } = process.env
    const given = ZPROM_ZITI === undefined ? {} : { ZPROM_ZITI }
    return startZprom({ ...person, env: { ...person.env, ...given } }, [...demo, ...flags])
  }
})

// Longer than other cases wait: servers have to start and to scrape.
async function untilLate(what: string, isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 12 && !isSo(); tries++) await until(what, isSo).catch(() => undefined)
  assert.ok(isSo(), what)
}
