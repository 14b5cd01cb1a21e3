import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { importPrometheus, startDocker, type TestDocker, whyNoDocker } from '../support/docker.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { until } from '../support/world-checks.js'

// No jobs: the Prometheus inside is the machine's, which does not know prometheuz's scheme.
const spec = (local: string) => `stack: docker\nlocal: ${local}\n`

describe('zprom local', () => {
  let overlay: TestOverlay | undefined
  let engine: TestDocker | undefined
  let person: Person
  before(async function () {
    this.timeout(150_000)
    const missing = canStartOverlays() ? whyNoDocker() : 'needs an empty controller of its own'
    requires(this, missing === undefined, missing ?? '')
    overlay = await freshOverlay({ noRouter: true })
    engine = await startDocker()
    await importPrometheus(engine)
    person = await newPerson(overlay)
  })
  after(() => Promise.all([engine?.stop(), overlay?.stop(), person?.leave()]))
  const here = () => engine ?? assert.fail('the engine is not there yet')
  afterEach(() => {
    const all = engine?.docker('ps', '--all', '--quiet').trim().split('\n').filter(Boolean) ?? []
    if (all.length > 0) engine?.docker('rm', '--force', ...all)
  })
  const applied = async (local: string) => {
    await person.write('zprom.yaml', spec(local))
    await person.ok(['apply', '--yes'])
  }
  const run = (...args: string[]) => person.run(args, { env: here().env })
  const ok = (...args: string[]) => person.ok(args, { env: here().env })
  const document = async (...args: string[]) => documentOf(await run(...args, '--json'))
  const inspect = (format: string) => here().docker('inspect', 'zprom-local', '--format', format).trim()
  const waitForLog = (text: string) => until(`the log says "${text}"`, () => here().logs('zprom-local').includes(text))

  it('runs the container on a port of 127.0.0.1, as the person, with files that only the person can read', async () => {
    await applied('{scrape: [], port: 19090}')
    assert.match(await ok('local', 'up'), /The local Prometheus is started: http:\/\/127\.0\.0\.1:19090\/targets/)
    assert.equal(
      inspect('{{json .HostConfig.PortBindings}}'),
      '{"9090/tcp":[{"HostIp":"127.0.0.1","HostPort":"19090"}]}',
    )
    assert.equal(inspect('{{.Config.User}}'), `${process.getuid?.()}:${process.getgid?.()}`)
    const { mode } = await stat(join(person.folder, 'zprom-out/local/local.prometheus.id.json'))
    assert.equal(mode & 0o777, 0o600)
    here().docker('exec', 'zprom-local', '/bin/prometheus', '--version')
    await waitForLog('Server is ready')
  })

  it('leaves a container alone that runs as the spec says', async () => {
    await applied('{scrape: []}')
    await ok('local', 'up')
    await waitForLog('Server is ready')
    const id = inspect('{{.Id}}')
    await person.write('zprom.yaml', spec('{scrape: []}\ncharts: {reflect: 0.3.8}'))
    assert.match(await ok('local', 'up'), /The local Prometheus runs as it did/)
    assert.equal((await document('local', 'up')).state, 'unchanged')
    assert.equal(inspect('{{.Id}}'), id)
  })

  it('starts it anew with a changed configuration, which a mounted file would not show it', async () => {
    await applied('{scrape: []}')
    await ok('local', 'up')
    await waitForLog('Server is ready')
    const id = inspect('{{.Id}}')
    const file = 'zprom-out/local/prometheus.yml'
    await person.write(file, `${await person.read(file)}# by hand\n`)
    assert.match(await ok('local', 'up'), /The local Prometheus is started anew/)
    assert.notEqual(inspect('{{.Id}}'), id)
    await waitForLog('Server is ready')
    await person.ok(['render', '--force'])
  })

  it('replaces a container that was started otherwise: dark has no port, and the listener on the overlay', async () => {
    await applied('{scrape: []}')
    await ok('local', 'up')
    await applied('{scrape: [], dark: true}')
    assert.match(await ok('local', 'up'), /started anew: http:\/\/local\.prometheus\.svc\/targets on the overlay/)
    assert.equal(inspect('{{json .HostConfig.PortBindings}}'), '{}')
    const environment = inspect('{{json .Config.Env}}')
    assert.match(environment, /ZITI_LISTENER_SERVICE_NAME=local\.prometheus\.svc/)
    assert.match(environment, /ZITI_LISTENER_IDENTITY_NAME=local\.prometheus\.id/)
    assert.match(environment, /ZITI_LISTENER_IDENTITY_FILE=\/etc\/prometheus\/ziti\.server\.json/)
  })

  it('stops it and keeps its data; a second time says that there is none', async () => {
    await applied('{scrape: []}')
    await ok('local', 'up')
    await waitForLog('Server is ready')
    assert.match(await ok('local', 'down'), /Stopped/)
    assert.match(await ok('local', 'down'), /It was not running/)
    assert.deepEqual(await document('local', 'down'), { stopped: false })
    assert.ok((await readFile(join(person.folder, 'zprom-out/local/data/queries.active'))).length > 0)
  })

  it('says what Prometheus said when it ends at once: 8, and the one that ran before goes on', async () => {
    await applied('{scrape: []}')
    await ok('local', 'up')
    await waitForLog('Server is ready')
    const id = inspect('{{.Id}}')
    const file = 'zprom-out/local/prometheus.yml'
    await person.write(file, `${await person.read(file)}nonsense: [\n`)
    assertEnded(await run('local', 'up'), 8, /ended as soon as it was started: .*(yaml|Error loading config)/)
    assert.equal(inspect('{{.Id}}'), id)
    await until('it runs again', () => inspect('{{.State.Running}}') === 'true')
    await person.ok(['render', '--force'])
  })

  it('says why docker did not run it: 8, and the one that ran before goes on', async () => {
    await applied('{scrape: []}')
    await ok('local', 'up')
    const id = inspect('{{.Id}}')
    here().docker('tag', 'openziti/prometheuz:latest', 'kept:latest')
    here().docker('rmi', 'openziti/prometheuz:latest')
    await applied('{scrape: [], dark: true}')
    const ran = await run('local', 'up')
    here().docker('tag', 'kept:latest', 'openziti/prometheuz:latest')
    assertEnded(ran, 8, /docker run failed: (?!.*--help)/)
    assert.equal(inspect('{{.Id}}'), id)
  })

  it('leaves a container of that name alone that is not its own: 8', async () => {
    await applied('{scrape: []}')
    here().docker('create', '--name', 'zprom-local', 'openziti/prometheuz:latest')
    for (const word of ['up', 'down'])
      assertEnded(
        await run('local', word),
        8,
        /a container named zprom-local, and zprom did not start it/,
        /docker rm --force/,
      )
    here().docker('rm', 'zprom-local')
    here().docker(
      'create',
      '--name',
      'zprom-local',
      '--label',
      'zprom.checksum=x',
      '--label',
      'zprom.folder=/elsewhere',
      'openziti/prometheuz:latest',
    )
    for (const word of ['up', 'down']) assertEnded(await run('local', word), 8, /it is the one of \/elsewhere/)
  })

  it('shows the log, and says so when there is no container', async () => {
    await applied('{scrape: []}')
    assertEnded(await run('local', 'logs'), 2, /the local Prometheus is not running/, /zprom local up/)
    await ok('local', 'up')
    await waitForLog('Server is ready')
    const { stdout, stderr } = await run('local', 'logs', '--tail', '50')
    assert.match(stdout + stderr, /Server is ready/)
  })

  it('runs from docker-run.sh just as well', async () => {
    await applied('{scrape: []}')
    const script = spawn(join(person.folder, 'zprom-out/local/docker-run.sh'), {
      env: { ...process.env, ...here().env },
    })
    const ended = new Promise<number | null>(resolve => script.on('close', resolve))
    let log = ''
    await new Promise<void>(resolve => {
      script.on('close', () => resolve())
      script.stderr.setEncoding('utf8').on('data', text => {
        log += text
        if (log.includes('Server is ready')) resolve()
      })
    })
    assert.match(log, /Server is ready/)
    here().docker('kill', '--signal', 'TERM', 'zprom-local')
    assert.equal(await ended, 0, log)
  })
})

describe('zprom local without an engine', () => {
  const world = useWorld()
  const arrive = async (local: string) => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec(local))
    return person
  }

  it('says that none answers, and where the line is that it would run: 8', async () => {
    const person = await arrive('{}')
    await person.ok(['apply', '--yes'])
    const env = { DOCKER_HOST: `unix://${person.folder}/no.sock` }
    const ran = await person.run(['local', 'up'], { env })
    assertEnded(ran, 8, /docker is not installed|no Docker engine answers/, /zprom-out\/local\/docker-run\.sh/)
  })

  it('says that the identity is not there before anything is started: 8', async () => {
    const person = await arrive('{}')
    assertEnded(await person.run(['local', 'up']), 8, /local\.prometheus\.id\.json is not here/, /zprom apply/)
  })

  it('says how to get a local Prometheus when the spec has none: 2', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: none\n')
    for (const word of ['up', 'down', 'logs'])
      assertEnded(await person.run(['local', word]), 2, /has no local Prometheus/, /zprom init local/)
  })
})
