import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { clusterJobs, localConfig, referenceJobs } from '../support/scrape-reference.js'
import { articleSpec } from '../support/spec-builder.js'

describe('zprom add-target', () => {
  const world = useWorld()
  const arrive = async (spec: object) => {
    const person = await world.worker()
    await person.write('zprom.yaml', JSON.stringify(spec, null, 2))
    await person.ok(['apply', '--yes'])
    return person
  }
  // Two dark clusters whose names no other case has; the stack is the same, for there is one local Prometheus on an overlay.
  const pair = (one: string, other: string) => ({
    stack: 'article',
    clusters: [one, other].map(name => ({ name, prometheus: 'dark' })),
    local: {},
  })
  const node = (name: string) => [
    'add-target',
    name,
    '--address',
    '10.0.0.5:9100',
    '--hosted-by',
    `${name}.tunneler`,
    '--yes',
  ]
  const namesOf = async (path: string, word: string) =>
    ((await world.overlay.admin().list(path, `name contains "${word}"`)) as { name: string }[])
      .map(({ name }) => name)
      .sort()
  const assertNothingMore = async (person: Person, command: readonly string[]) => {
    const spec = await person.read('zprom.yaml')
    const { report, artefacts } = documentOf(await person.run([...command, '--json']))
    assert.deepEqual(report.outcomes, [])
    assert.deepEqual(new Set(artefacts.map(({ state }: { state: string }) => state)), new Set(['unchanged']))
    assert.equal(await person.read('zprom.yaml'), spec)
    assert.match(await person.ok(command), /^Done: 0 created, 0 changed, 0 enrolled, 0 tokens saved, \d+ unchanged/m)
  }

  it("has kubeA scrape the workload of kubeB, as the article's last step does, and does nothing the second time", async () => {
    const person = await arrive(articleSpec)
    const command = ['add-target', 'kubeB.reflect', '--to', 'kubeA']
    const said = await person.ok(command)
    assert.match(said, /^kubeA scrapes kubeB\.reflect every 5s as job kubeB\.reflectz$/m)
    assert.match(said, /^ {2}zprom install kubeA --context CONTEXT$/m)
    assert.deepEqual(await clusterJobs(person, 'kubeA'), referenceJobs('ConfigMap of kubeA'))
    assert.match(await person.read('zprom.yaml'), /"scrape": ?\[\s*"kubeA\.reflect",\s*"kubeB\.reflect"\s*\]/)
    await assertNothingMore(person, command)
  })

  it('has the local Prometheus federate, as the article does', async () => {
    const person = await arrive({ ...articleSpec, local: { scrape: [] } })
    const command = ['add-target', 'kubeA.prometheus', '--to', 'local', '--federate']
    assert.match(
      await person.ok(command),
      /^local federates from kubeA\.prometheus every 10s as job federate-from-kubeA$/m,
    )
    await person.ok(['add-target', 'kubeB.prometheus', '--to', 'local', '--federate'])
    assert.deepEqual((await localConfig(person)).scrape_configs, referenceJobs('local, federating'))
    await assertNothingMore(person, command)
  })

  it('offers something new on the overlay, for those that scrape it alone, hosted by an identity with a token', async () => {
    const person = await arrive(pair('new1', 'new2'))
    const command = [...node('newnode'), '--to', 'new1,local']
    const said = await person.ok(command)
    assert.match(said, /^Plan: 6 to create, 2 to change, .* 1 token to save/m)
    assert.match(said, /newnode\.tunneler\.jwt is a one-time token: .* as newnode\.tunneler hosts newnode$/m)
    assert.deepEqual(await namesOf('/services', 'newnode'), ['newnode.svc'])
    assert.deepEqual(await namesOf('/configs', 'newnode'), ['newnode.svc-host.v1', 'newnode.svc-intercept.v1'])
    assert.deepEqual(await namesOf('/service-policies', 'newnode'), ['newnode.svc.bind', 'newnode.svc.dial'])
    const token = join(person.folder, 'zprom-out/hosts/newnode.tunneler.jwt')
    assert.equal((await stat(token)).mode & 0o777, 0o600)
    const job = {
      job_name: 'newnode',
      scrape_interval: '5s',
      honor_labels: true,
      scheme: 'ziti',
      params: { 'ziti-config': ['/etc/prometheus/scrape.json'] },
      static_configs: [{ targets: ['newnode.svc-'] }],
    }
    assert.deepEqual((await clusterJobs(person, 'new1')).at(-1), job)
    const ofLocal = { ...job, params: { 'ziti-config': ['/etc/prometheus/ziti.id.json'] } }
    assert.deepEqual((await localConfig(person)).scrape_configs.at(-1), ofLocal)
    assert.equal((await clusterJobs(person, 'new2')).length, 1)
    await assertNothingMore(person, command)
    const { checks } = documentOf(await person.run(['verify', '--json']))
    const warned = checks.filter(({ result }: { result: string }) => result !== 'pass')
    assert.deepEqual(
      warned.flatMap(({ id, result }: { id: string; result: string }) =>
        id.includes('newnode') ? [[id, result]] : [],
      ),
      [
        ['enrolled/newnode.tunneler', 'warn'],
        ['terminator/newnode.svc', 'warn'],
      ],
    )
  })

  it('takes a path, TLS, a job name and an interval', async () => {
    const person = await arrive(pair('tls1', 'tls2'))
    await person.ok([
      ...node('tlsnode'),
      ...['--path', '/m', '--scheme', 'https', '--server-name', 'node.lab', '--ca-file', '/etc/ca.pem'],
      ...['--job', 'secure', '--interval', '1m', '--to', 'tls2'],
    ])
    const [, job] = await clusterJobs(person, 'tls2')
    assert.deepEqual(
      [job?.job_name, job?.scrape_interval, job?.metrics_path, job?.scheme],
      ['secure', '1m', '/m', 'zitis'],
    )
    assert.deepEqual(job?.tls_config, { ca_file: '/etc/ca.pem', server_name: 'node.lab' })
  })

  it('uses a hosting identity that somebody else made as it is, and verify asks no more of it', async () => {
    const person = await arrive(pair('gate1', 'gate2'))
    const admin = world.overlay.admin()
    const own = { name: 'gatenode.tunneler', type: 'Device', isAdmin: false, roleAttributes: ['theirs'] }
    const { id } = await admin.create('/identities', own)
    const { id: service } = await admin.create('/services', { name: 'their.service', encryptionRequired: true })
    await admin.create('/service-policies', {
      name: 'their.bind',
      type: 'Bind',
      semantic: 'AnyOf',
      serviceRoles: [`@${service}`],
      identityRoles: ['#theirs'],
    })
    const command = [...node('gatenode'), '--to', 'gate1']
    assert.match(
      await person.ok(command),
      /^gatenode\.tunneler is to host gatenode; zprom verify says whether it does$/m,
    )
    const [after] = (await admin.listByName('/identities', ['gatenode.tunneler'])) as Record<string, unknown>[]
    assert.deepEqual([after?.id, after?.roleAttributes, after?.tags ?? {}], [id, ['theirs'], {}])
    await assert.rejects(person.read('zprom-out/hosts/gatenode.tunneler.jwt'), { code: 'ENOENT' })
    const ran = await person.run(['verify', '--as', 'gatenode.tunneler'])
    assertEnded(ran, 0)
    assert.match(ran.stdout, /warn {2}gatenode\.tunneler is enrolled: not enrolled yet\n +somebody else made it/)
    assert.match(ran.stdout, /ok {4}gatenode\.tunneler sees its 1 service: 1 of 1/)
    await assertNothingMore(person, command)
  })

  it('takes several readers, repeated or with commas, and with "all" leaves a Prometheus out of scraping itself', async () => {
    const person = await arrive(pair('all1', 'all2'))
    const jobs = async (...flags: string[]) =>
      documentOf(await person.run(['add-target', ...flags, '--json'])).jobs.map(
        ({ reader, job }: { reader: string; job: string }) => `${reader} ${job}`,
      )
    assert.deepEqual(await jobs('--to', 'local', '--to', 'all1, all2', 'all1.reflect'), [
      'all1 all1.reflectz',
      'all2 all1.reflectz',
      'local reflectz-all1',
    ])
    assert.deepEqual(await jobs('all1.prometheus', '--to', 'all'), [
      'all2 all1.prometheus',
      'local zitified-prometheus-all1',
    ])
    assert.deepEqual(await jobs('all2.prometheus', '--to', 'all2'), ['all2 all2.prometheus'])
  })

  it('shows the plan and the jobs with --dry-run, and writes nothing', async () => {
    const person = await arrive(pair('dry1', 'dry2'))
    const [spec, files] = [await person.read('zprom.yaml'), await readdir(join(person.folder, 'zprom-out'))]
    const said = await person.ok([...node('drynode'), '--to', 'all', '--dry-run'])
    assert.match(said, /Plan: 6 to create/)
    assert.match(said, /^Then:\ndry1 scrapes drynode every 5s as job drynode\n/m)
    assert.equal(await person.read('zprom.yaml'), spec)
    assert.deepEqual(await readdir(join(person.folder, 'zprom-out')), files)
    assert.deepEqual(await namesOf('/services', 'drynode'), [])
  })

  it('changes nothing when nobody is there to agree to the plan', async () => {
    const person = await arrive(pair('ask1', 'ask2'))
    const spec = await person.read('zprom.yaml')
    const command = node('asknode').filter(word => word !== '--yes')
    assertEnded(await person.run([...command, '--to', 'all']), 2, /pass --yes/)
    assert.equal(await person.read('zprom.yaml'), spec)
    assert.deepEqual(await namesOf('/services', 'asknode'), [])
  })

  type Refusal = readonly [args: readonly string[], ...said: RegExp[]]
  const assertRefused = async (refusals: readonly Refusal[]) => {
    const person = await arrive({ ...pair('bad1', 'bad2'), local: undefined })
    const spec = await person.read('zprom.yaml')
    for (const [args, ...said] of refusals) assertEnded(await person.run(['add-target', ...args]), 2, ...said)
    assert.equal(await person.read('zprom.yaml'), spec)
  }

  it('ends with 2 for what is not there or is taken, says what is, and leaves the spec alone', () =>
    assertRefused([
      [['bad2.reflekt', '--to', 'bad1'], /nothing to scrape named "bad2\.reflekt"/, /Did you mean "bad2\.reflect"\?/],
      [['other', '--to', 'bad1'], /Known here: bad1\.prometheus, .*--address HOST:PORT --hosted-by IDENTITY/],
      [['bad2.reflect', '--to', 'bad3'], /--to bad3: the spec has no such cluster/, /Did you mean/],
      [['bad2.reflect', '--to', 'local'], /--to local: the spec has no local Prometheus/, /zprom init local/],
      [['bad2.reflect', '--to', ','], /--to names nobody/],
      [['bad2.reflect'], /Missing required flag to/],
      [['bad2.reflect', '--to', 'bad1', '--federate'], /only a Prometheus can be federated/],
      [['bad2.reflect', '--to', 'bad1', '--job', 'bad1.reflectz'], /is there already, at zprom\.yaml:\d+/, /--job/],
      [['bad1.reflect', '--to', 'bad1', '--interval', '9s'], /is already in zprom\.yaml:\d+ every 5s/],
    ]))

  it('ends with 2 for what cannot be, says what can, and leaves the spec alone', () => {
    const external = ['--hosted-by', 'h', '--to', 'bad1', '--address']
    return assertRefused([
      [['bad2.reflect', '--to', 'bad1', '--interval', '9'], /"9" cannot be a time span/],
      [['bad2.reflect', '--to', 'bad1', '--job', "it's"], /cannot be a job name because of "'"/, /Write "it-s"/],
      [
        ['x', ...external, 'http://10.0.0.5:9100/m'],
        /without http:\/\/ and without a path/,
        /Write "10\.0\.0\.5:9100"/,
      ],
      [['x', ...external, '10.0.0.5:99999'], /ports end at 65535/],
      [['node-1', ...external, 'h:1'], /cannot be a target name because of "-"/, /Write "node1"/],
      [['bad1.reflect', ...external, 'h:1'], /the workload reflect of bad1 has that already/],
      [['x', ...external, 'h:1', '--scheme', 'http', '--ca-file', '/ca'], /about a certificate/, /--scheme https/],
      [['x', '--to', 'bad1', '--address', 'h:1'], /--hosted-by/],
      [['x', '--to', 'bad1', '--path', '/m'], /--address/],
    ])
  })

  it('ends with 3 when there is no spec, or it is wrong', async () => {
    const person = await world.worker()
    assertEnded(await person.run(['add-target', 'k.reflect', '--to', 'k']), 3, /zprom init cluster NAME/)
    await person.write('zprom.yaml', 'clusters: [{name: k}]\n')
    assertEnded(await person.run(['add-target', 'k.reflect', '--to', 'k']), 3, /clusters\[0\]/)
  })
})
