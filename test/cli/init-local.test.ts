import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { localConfig, reference, referenceJobs } from '../support/scrape-reference.js'
import { articleSpec } from '../support/spec-builder.js'

describe('zprom init local', () => {
  const world = useWorld()

  it("makes the article's local Prometheus: its identity, enrolled, its four jobs, and the Docker files", async () => {
    const person = await world.worker()
    // The stack that a new spec in this folder would get, too.
    await person.write('zprom.yaml', JSON.stringify({ ...articleSpec, stack: 'work' }))
    await person.ok(['apply', '--yes'])
    const { plan, artefacts } = documentOf(await person.run(['init', 'local', '--yes', '--json']))
    assert.deepEqual(stepsOf(plan), ['create identity/local.prometheus.id'])
    const written = artefacts.filter(({ state }: { state: string }) => state === 'written')
    assert.deepEqual(
      written.map(({ path }: { path: string }) => path),
      ['local/prometheus.yml', 'local/docker-run.sh', 'local/compose.yaml'],
    )
    assert.deepEqual(await localConfig(person), {
      global: reference.localGlobal,
      scrape_configs: referenceJobs('local'),
    })
    const modeOf = async (name: string) => (await stat(join(person.folder, 'zprom-out/local', name))).mode & 0o777
    assert.deepEqual([await modeOf('local.prometheus.id.json'), await modeOf('docker-run.sh')], [0o600, 0o755])
    const again = await person.ok(['init', 'local'])
    assert.match(again, /^Done: 0 created, 0 changed, 0 enrolled, 0 tokens saved, 32 unchanged/m)
    assert.match(again, /^ {2}zprom local up\n {2}or, without zprom: zprom-out\/local\/docker-run\.sh$/m)
    assert.match(again, /^then look at http:\/\/127\.0\.0\.1:9090\/targets$/m)
  })

  it('is followed by no container when Prometheus could not use the identity file', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', JSON.stringify({ ...articleSpec, stack: 'work', local: {} }))
    await person.ok(['apply', '--yes', '--re-enroll', 'local.prometheus.id'])
    const path = 'zprom-out/local/local.prometheus.id.json'
    const { ztAPI, id } = JSON.parse(await person.read(path))
    await person.write(path, JSON.stringify({ ztAPIs: [ztAPI], id }))
    assertEnded(
      await person.run(['local', 'up']),
      8,
      /local\.prometheus\.id\.json cannot be used as the identity file of local\.prometheus\.id: it has "ztAPIs"/,
      /zprom apply --re-enroll local\.prometheus\.id/,
    )
  })

  it('refuses other settings for one that is there, and names the line to edit', async () => {
    const person = await world.worker()
    const text = 'stack: other\n\n# mine\nlocal: {}\n'
    await person.write('zprom.yaml', text)
    for (const [flags, what] of [
      [['--dark'], /local Prometheus is already in zprom\.yaml:4 with dark: false; edit the file to change it/],
      [['--port', '9191'], /zprom\.yaml:4 with port: 9090/],
      [['--dark', '--port', '9191'], /cannot also be provided/],
      [['--port', '70000'], /65535/],
    ] as const)
      assertEnded(await person.run(['init', 'local', ...flags]), 2, what)
    assert.equal(await person.read('zprom.yaml'), text)
  })

  it('begins a spec when there is none, and writes nothing with --dry-run', async () => {
    const person = await world.worker()
    assert.match(await person.ok(['init', 'local', '--dark', '--dry-run']), /Plan: \d to create/)
    assert.deepEqual(await readdir(person.folder), [])
    // The stack that the cases before have left the local Prometheus to.
    const begun = ['init', 'local', '--stack', 'work', '--port', '9191', '--re-enroll', 'local.prometheus.id', '--yes']
    const said = await person.ok(begun)
    assert.match(said, /http:\/\/127\.0\.0\.1:9191\/targets/)
    const spec = await person.read('zprom.yaml')
    assert.ok(spec.endsWith(`stack: work\noverlay:\n  controller: ${world.overlay.url}\nlocal:\n  port: 9191\n`), spec)
  })
})

describe('zprom init local --dark', () => {
  const world = useWorld()

  it('makes entities 32 to 36 of the article with --dark, and its service is the seventh that dev.client sees', async () => {
    const person = await world.worker()
    const developers = [{ name: 'dev.client', enroll: true }]
    await person.write('zprom.yaml', JSON.stringify({ ...articleSpec, developers }))
    await person.ok(['apply', '--yes'])
    const command = ['init', 'local', '--dark', '--yes']
    const { plan } = documentOf(await person.run([...command, '--json']))
    const article = new URL('../support/article/overlay.json', import.meta.url)
    const entities: { part: string; kind: string; name: string }[] = JSON.parse(
      await readFile(article, 'utf8'),
    ).entities
    assert.deepEqual(
      stepsOf(plan),
      entities
        .filter(({ part }) => part.startsWith('local'))
        .map(({ kind, name }) => `create ${kind}/${name}`)
        .sort(),
    )
    const ran = await person.run(['verify', '--as', 'dev.client'])
    assertEnded(ran, 0)
    assert.match(
      ran.stdout,
      /ok {4}dev\.client sees its 7 services: 7 of 7, as the controller tells the identity itself/,
    )
    const { services } = documentOf(await person.run(['dev-identity', 'dev.client', '--json']))
    assert.deepEqual(
      services.find(({ service }: { service: string }) => service === 'local.prometheus.svc'),
      { service: 'local.prometheus.svc', intercepts: ['local.prometheus.svc:80'], permissions: ['Dial'] },
    )
    assert.match(
      await person.read('zprom-out/local/docker-run.sh'),
      /ZITI_LISTENER_SERVICE_NAME=local\.prometheus\.svc/,
    )
    const again = await person.ok(command)
    assert.match(again, /^Done: 0 created, 0 changed, 0 enrolled/m)
    assert.match(again, /^then look at http:\/\/local\.prometheus\.svc\/targets/m)
  })
})

function stepsOf({ steps }: { steps: { action: string; address: string }[] }): string[] {
  return steps.map(({ action, address }) => `${action} ${address}`).sort()
}
