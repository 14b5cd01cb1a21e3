import assert from 'node:assert/strict'
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Hosting, Overlay } from '../../src/edge/index.js'
import type { RunningBridge } from '../../src/flows/bridge.js'
import { type BridgeWorld, hostServer, newBridgeWorld } from '../support/bridge-world.js'
import { endSessions, removeTerminators, setEnabled } from '../support/edge-services.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { hasPrometheus, type Prometheus, startPrometheus } from '../support/prometheus.js'
import { requires } from '../support/requires.js'
import { addRouter, type TestRouter } from '../support/router.js'
import { recovers } from '../support/stated.js'
import { until } from '../support/world-checks.js'

// How soon a scrape shows that something is wrong, and how soon that it is right again: two intervals, the dial, and a lot
// for a machine that is busy.
const seenMs = 20_000
const backMs = 30_000

describe('faults as a scrape through the bridge sees them', function () {
  this.timeout(180_000)
  let overlay: TestOverlay | undefined
  let router: TestRouter | undefined
  let world: BridgeWorld
  let bridge: RunningBridge & { readonly url: string }
  let prometheus: Prometheus | undefined
  let host: Overlay
  let hosting: Hosting
  const servers: Server[] = []
  /** Scrapes of the steady workload that its host answered. */
  let scrapes = 0
  /** Answers of the slow workload: begun, and not ended. */
  const open: ServerResponse[] = []

  const workloads = ['steady', 'slow', 'silent', 'large']
  const spec = () => ({ clusters: [{ name: world.word, prometheus: 'dark' as const, workloads }] })
  const place = (workload: string) => [`${world.word}.${workload}.scrape.svc`, `${world.word}.${workload}.id`] as const
  const target = (workload: string) => `${place(workload).join('-')}:80`
  const server = (answer: (response: ServerResponse) => void) => {
    const made = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      answer(response)
    })
    servers.push(made)
    return made
  }
  const serve = async (workload: string, answer: (response: ServerResponse) => void) => {
    const [service, identity] = place(workload)
    return hostServer(await world.as(identity), service, identity, server(answer))
  }
  const steady = (response: ServerResponse) => {
    scrapes += 1
    response.end('steady_total 1\n')
  }
  const hostSteady = async () => {
    const [service, identity] = place('steady')
    host = await world.as(identity)
    hosting = await hostServer(host, service, identity, server(steady))
  }

  before(async function () {
    requires(this, canStartOverlays(), 'it ends the controller and the router, so it needs its own')
    requires(this, hasPrometheus(), 'prometheus is not installed')
    overlay = await freshOverlay({ noRouter: true })
    router = await addRouter(overlay, 'lone')
    world = await newBridgeWorld(overlay)
    await world.provide(spec())
    await hostSteady()
    await serve('slow', response => {
      open.push(response)
      response.write('slow_total 1\n')
    })
    await serve('large', response => void response.end('# large\n'.repeat(10_000_000)))
    const [silent, silentId] = place('silent')
    const ignore = { identity: silentId }
    await (await world.as(silentId)).host(silent, ignore, stream => void stream.on('error', () => undefined).resume())
    bridge = await world.bridge({ responseBytes: 100_000_000 })
    const job = (workload: string) => ({
      job_name: workload,
      proxy_url: bridge.url,
      static_configs: [{ targets: [target(workload)] }],
    })
    prometheus = await startPrometheus({
      global: { scrape_interval: '2s', scrape_timeout: '2s' },
      scrape_configs: workloads.filter(name => name !== 'large').map(job),
    })
  })
  after(async () => {
    await prometheus?.stop()
    await world?.end()
    for (const one of servers) one.close()
    await router?.stop()
    await overlay?.stop()
  })
  beforeEach(() => recovers('all is well before', backMs, () => health('steady', 'up')))

  const seen = async (job: string) => {
    const all = (await prometheus?.targets()) ?? []
    return all.find(({ scrapePool }) => scrapePool === job)
  }
  const health = async (job: string, wanted: string) => (await seen(job))?.health === wanted
  const shows = async (what: string, job: string, error: RegExp) => {
    let last = ''
    await recovers(what, seenMs, async () => {
      last = (await seen(job))?.lastError ?? ''
      return error.test(last)
    }).catch(reason => assert.fail(`${reason.message}: ${last}`))
    process.stderr.write(`        lastError: ${last}\n`)
    assert.doesNotMatch(last, /eyJ|[\da-f]{8}-[\da-f]{4}-/)
  }
  const isUp = (what: string) => recovers(what, backMs, () => health('steady', 'up'))
  const ask = (workload: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: bridge.port, path: `http://${target(workload)}/metrics`, agent: false }
      get(options, resolve).on('error', reject)
    })

  it('a router that is killed in mid-scrape cuts it off, is named until it is back, and then all goes on', async () => {
    const begun = open.length
    const response = await ask('slow')
    let broken: Error | undefined
    response.resume().on('error', error => {
      broken = error
    })
    await until('the scrape is under way', () => open.length > begun)
    await router?.kill()
    await recovers('the scrape is cut off', 3000, () => broken !== undefined)
    await shows('Prometheus shows it', 'steady', /502 zprom: .*(edge router localhost:\d+|no edge router)/)
    await router?.start()
    await isUp('scraped again')
  })

  it('a controller that is killed leaves scrapes alone that have their connection, and all goes on when it is back', async () => {
    await overlay?.halt('SIGKILL')
    const before = scrapes
    await recovers('three more scrapes without it', seenMs, () => scrapes >= before + 3)
    assert.equal((await seen('steady'))?.lastError, '')
    await overlay?.start()
    await router?.untilOnline()
    await host.close()
    await hostSteady()
    await isUp('a new host is scraped')
  })

  it('a session that an administrator ends costs a scrape at most', async () => {
    await endSessions(world, `${world.word}.prometheus.id`)
    const before = scrapes
    await recovers('two more scrapes', backMs, () => scrapes >= before + 2)
    await isUp('scraped again')
  })

  it('a right to dial that is taken away is named, though the connection was there, and given back is enough', async () => {
    const there = await world.find('service-policy', `${world.word}.steady.svc.dial.scrape`)
    await world.admin.remove('/service-policies', there?.id ?? '')
    await shows('Prometheus shows it', 'steady', /403 zprom: the bridge's identity may not dial/)
    await world.provide(spec())
    await isUp('scraped again')
  })

  it('a terminator that goes away is named, and one that comes back is found', async () => {
    await hosting.close()
    await host.close()
    await shows('Prometheus shows it', 'steady', /502 zprom: \S+ at \S+: nothing hosts it/)
    await hostSteady()
    await isUp('scraped again')
  })

  it('a terminator that is deleted costs nothing as long as the connection is there', async () => {
    await removeTerminators(world, place('steady')[0])
    const before = scrapes
    await recovers('two more scrapes', seenMs, () => scrapes >= before + 2)
    await host.close()
    await hostSteady()
    await isUp('scraped again')
  })

  it('an identity that is disabled is named as refused, and enabled again scrapes again', async () => {
    const identity = `${world.word}.prometheus.id`
    await setEnabled(world, identity, false)
    await shows('Prometheus shows it', 'steady', /502 zprom: the controller refuses the identity of the bridge/)
    await setEnabled(world, identity, true)
    await isUp('scraped again')
  })

  it('a service that accepts and never answers, or never ends, is named before the scrape is over', async () => {
    await shows('never answers', 'silent', /504 zprom: \S+ at \S+: not done within 1\.7 s/)
    await shows('never ends', 'slow', /unexpected EOF|not done within|context deadline exceeded/)
  })

  it('a client that reads nothing holds nobody up, and is cut off when its time is over', async () => {
    const response = await ask('large')
    response.on('error', () => undefined).pause()
    const before = scrapes
    await recovers('others are scraped', seenMs, () => scrapes >= before + 2)
    const isCutOff = (line: string) => line.includes('large') && line.includes('"reason":"timeout"')
    await recovers('it is cut off', seenMs, () => world.log.some(isCutOff))
    response.destroy()
  })
})
