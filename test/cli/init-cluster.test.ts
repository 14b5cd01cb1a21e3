import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('zprom init cluster', () => {
  const world = useWorld()

  it('makes zprom.yaml with the controller in it, builds the cluster, and says what comes next', async () => {
    const person = await world.worker()
    const said = await person.ok(['init', 'cluster', 'first', '--prometheus', 'tunneled', '--yes'])
    const spec = await person.read('zprom.yaml')
    assert.ok(spec.includes(`  controller: ${world.overlay.url}\n`), spec)
    assert.ok(spec.endsWith('clusters:\n  - name: first\n    prometheus: tunneled\n'), spec)
    assert.match(said, /Next, install ziti-host, reflectz, prometheuz into first \(namespace default\)/)
    assert.match(said, /^ {2}zprom install first --context CONTEXT$/m)
    assert.match(await person.read('zprom-out/first/install.sh'), /--set-file zitiEnrollToken=first\.ziti\.id\.jwt/)
    assert.match(said, /^zprom verify {2,}proves that every identity sees its services$/m)
  })

  it('writes nothing with --dry-run, here or there', async () => {
    const person = await world.worker()
    const flags = ['--prometheus', 'dark', '--dry-run']
    assert.match(await person.ok(['init', 'cluster', 'dry', ...flags]), /Plan: 14 to create/)
    const { plan, report } = documentOf(await person.run(['init', 'cluster', 'dry', ...flags, '--json']))
    assert.deepEqual([plan.steps.length, report], [14, null])
    assert.deepEqual(await readdir(person.folder), [])
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['dry.reflect.id']), [])
  })

  it('ends with 2 when something is missing and nobody can be asked', async () => {
    const person = await world.worker()
    assertEnded(await person.run(['init', 'cluster']), 2, /name of the cluster is missing/, /zprom init cluster NAME/)
    assertEnded(
      await person.run(['init', 'cluster', 'k']),
      2,
      /--prometheus is missing/,
      /pass --prometheus tunneled or/,
    )
    assertEnded(await person.run(['init', 'cluster', 'k', '--prometheus', 'dark']), 2, /pass --yes/)
    assert.deepEqual(await readdir(person.folder), [])
  })

  it('is the same command again when it is run again', async () => {
    const person = await world.worker()
    const command = ['init', 'cluster', 'again', '--prometheus', 'dark', '--namespace', 'monitoring', '--yes']
    await person.ok(command)
    const spec = await person.read('zprom.yaml')
    const { report } = documentOf(await person.run([...command, '--json']))
    assert.deepEqual([report.outcomes, report.unchanged], [[], 14])
    await person.ok(['init', 'cluster', 'again'])
    assert.equal(await person.read('zprom.yaml'), spec)
  })

  it('refuses other settings for a cluster that is there, and names the line to edit', async () => {
    const person = await world.worker()
    await person.ok(['init', 'cluster', 'set', '--prometheus', 'dark', '--yes'])
    const spec = await person.read('zprom.yaml')
    for (const flags of [
      ['--prometheus', 'tunneled'],
      ['--namespace', 'elsewhere'],
    ])
      assertEnded(
        await person.run(['init', 'cluster', 'set', ...flags, '--yes']),
        2,
        /set is already in zprom\.yaml:\d+/,
      )
    assert.equal(await person.read('zprom.yaml'), spec)
  })

  it('keeps the comments and the order of a spec that a person wrote', async () => {
    const person = await world.worker()
    const spec = [
      '# ours',
      'clusters: # the two of us',
      '  # the first',
      '  - prometheus: dark # no Service',
      '    name: "old"',
      'stack: commented # as agreed',
      '',
    ].join('\n')
    await person.write('zprom.yaml', spec)
    await person.ok(['init', 'cluster', 'new', '--prometheus', 'dark', '--yes'])
    const added = '  - name: new\n    prometheus: dark\n'
    assert.equal(await person.read('zprom.yaml'), spec.replace('stack:', `${added}stack:`))
  })

  it('lets zprom own the router policies when that is asked for, and writes it down', async () => {
    const person = await world.worker()
    await person.ok(['init', 'cluster', 'owner', '--prometheus', 'dark', '--yes', '--own-router-policies'])
    assert.match(await person.read('zprom.yaml'), /routerPolicies: own/)
    const policies = await world.overlay.admin().list('/edge-router-policies', `tags.zprom_stack = "${person.stack}"`)
    assert.equal(policies.length, 1)
  })
})
