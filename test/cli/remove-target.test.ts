import assert from 'node:assert/strict'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { clusterJobs, localConfig } from '../support/scrape-reference.js'

const external = { address: '10.0.0.5:9100', hostedBy: 'lab' }

describe('zprom remove-target', () => {
  const world = useWorld()
  const specOf = (name: string) =>
    [
      'stack: one # there is one local Prometheus on an overlay',
      'clusters:',
      `  - name: ${name}`,
      '    prometheus: dark',
      '    scrape: # by hand',
      `      - ${name}.reflect # its own`,
      `      - ${name}node`,
      'local:',
      `  scrape: [${name}.reflect, ${name}node]`,
      'targets: # more',
      `  - {name: ${name}node, address: '10.0.0.5:9100', hostedBy: ${name}.ziti}`,
      '',
    ].join('\n')
  const arrive = async (text: string) => {
    const person = await world.worker()
    await person.write('zprom.yaml', text)
    await person.ok(['apply', '--yes'])
    return person
  }

  it('takes the job from those that are named, and the right to dial with it', async () => {
    const spec = specOf('some')
    const person = await arrive(spec)
    const said = await person.ok(['remove-target', 'somenode', '--from', 'some', '--yes'])
    assert.match(said, /^some no longer scrapes somenode$/m)
    assert.match(said, /^Plan: 0 to create, 1 to change/m)
    assert.equal(await person.read('zprom.yaml'), spec.replace('      - somenode\n', ''))
    assert.deepEqual(
      (await clusterJobs(person, 'some')).map(({ job_name }) => job_name),
      ['some.reflectz'],
    )
    assert.equal((await localConfig(person)).scrape_configs.length, 2)
  })

  it('forgets a target that nobody scrapes any more, and says what stays on the overlay', async () => {
    const spec = specOf('gone')
    const person = await arrive(spec)
    const said = await person.ok(['remove-target', 'gonenode', '--yes'])
    assert.match(said, /\? service\/gonenode\.svc: ours, but no longer in the spec; kept/)
    assert.match(
      said,
      /^gone, local no longer scrape gonenode\ngonenode is no longer in zprom\.yaml; what the overlay has of it stays there$/m,
    )
    assert.equal(
      await person.read('zprom.yaml'),
      spec
        .replace('      - gonenode\n', '')
        .replace(', gonenode]', ']')
        .replace(/targets: # more\n.*\n/, 'targets: [] # more\n'),
    )
    const { report, from, forgotten, plan } = documentOf(
      await person.run(['remove-target', 'gonenode', '--from', 'all', '--json']),
    )
    assert.deepEqual([report.outcomes, from, forgotten], [[], [], false])
    assert.deepEqual(
      plan.orphans.filter((address: string) => address.includes('gone')),
      [
        'config/gonenode.svc-host.v1',
        'config/gonenode.svc-intercept.v1',
        'identity/gone.ziti',
        'service-policy/gonenode.svc.bind',
        'service-policy/gonenode.svc.dial',
        'service/gonenode.svc',
      ],
    )
    assert.match(
      await person.ok(['remove-target', 'gonenode']),
      /^zprom\.yaml has nothing to scrape named "gonenode"\./m,
    )
    await person.ok(['verify', '--as', 'gone.prometheus.id', '--allow-extra'])
  })

  it('writes down what is left of what a Prometheus scraped by default', async () => {
    const person = await arrive('stack: one\nclusters:\n  - {name: dft, prometheus: dark}\nlocal: {}\n')
    const { from } = documentOf(await person.run(['remove-target', 'dft.reflect', '--json']))
    assert.deepEqual(from, ['dft', 'local'])
    assert.equal(
      await person.read('zprom.yaml'),
      'stack: one\nclusters:\n  - {name: dft, prometheus: dark, scrape: []}\nlocal:\n  scrape:\n    - dft.prometheus\n',
    )
    assert.deepEqual((await localConfig(person)).scrape_configs.length, 1)
    assert.match(await person.ok(['remove-target', 'dft.reflect']), /^dft\.reflect was not scraped by dft, local$/m)
  })

  it('writes nothing with --dry-run, and refuses a reader that is not there', async () => {
    const spec = specOf('dry')
    const person = await arrive(spec)
    assert.match(await person.ok(['remove-target', 'drynode', '--dry-run']), /\? service\/drynode\.svc: ours/)
    assertEnded(await person.run(['remove-target', 'drynode', '--from', 'drie']), 2, /no such cluster/, /"dry"/)
    assertEnded(await person.run(['remove-target']), 2, /Missing 1 required arg/)
    assert.equal(await person.read('zprom.yaml'), spec)
  })
})

describe('zprom targets', () => {
  const world = useWorld()
  const text = JSON.stringify({
    clusters: [{ name: 'k', prometheus: 'dark' }],
    targets: [{ name: 'n', ...external }],
    local: { scrape: [{ target: 'k.prometheus', federate: true }] },
  })

  it('lists who scrapes what without a controller, as a table or as data', async () => {
    const person = await world.newcomer()
    await person.write('zprom.yaml', text)
    assert.match(
      await person.ok(['targets']),
      /^k\.reflect +k\.reflect\.scrape\.svc +k\.reflect\.id +k +k\.reflectz +5s$/m,
    )
    const { targets } = documentOf(await person.run(['targets', '--json']))
    assert.deepEqual(targets, [
      {
        name: 'k.prometheus',
        service: 'k.prometheus.svc',
        identity: 'k.prometheus.id',
        scrapedBy: [{ reader: 'local', job: 'federate-from-k', interval: '10s', federate: true }],
      },
      {
        name: 'k.reflect',
        service: 'k.reflect.scrape.svc',
        identity: 'k.reflect.id',
        scrapedBy: [{ reader: 'k', job: 'k.reflectz', interval: '5s', federate: false }],
      },
      { name: 'n', service: 'n.svc', identity: '', external, scrapedBy: [] },
    ])
  })

  it('ends with 3 without a spec', async () => {
    assertEnded(await (await world.newcomer()).run(['targets']), 3, /there is no such file/)
  })
})
