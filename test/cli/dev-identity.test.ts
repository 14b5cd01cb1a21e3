import assert from 'node:assert/strict'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('zprom dev-identity', () => {
  const world = useWorld()
  const spec = 'stack: dev\nclusters:\n  - {name: dev, prometheus: dark}\n'

  it('says what to do first when there is nothing to reach', async () => {
    const person = await world.worker()
    const said = await person.ok(['dev-identity', 'early', '--yes'])
    assert.match(said, /early can reach nothing yet: add a cluster with "zprom init cluster NAME"/)
  })

  it('keeps a token for a tunneler, and lists what it opens as the article does', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    const said = await person.ok(['dev-identity', 'ann', '--yes'])
    assert.ok(
      said.endsWith(
        [
          'ann: zprom-out/developers/ann.jwt',
          'Service Name: dev.prometheus.svc',
          '   Intercept: dev.prometheus.svc:80',
          'Service Name: dev.reflect.scrape.svc',
          '   Intercept: dev.reflect.scrape.svc.ziti:80',
          'Service Name: dev.reflect.svc',
          '   Intercept: dev.reflect.svc.ziti:80',
          '',
        ].join('\n'),
      ),
      said,
    )
    assert.match(await person.read('zprom-out/developers/ann.jwt'), /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/)
    const { mode } = await stat(join(person.folder, 'zprom-out/developers/ann.jwt'))
    assert.equal((mode & 0o777).toString(8), '600')
  })

  it('keeps an identity file with --enroll, in the form that tunnelers read', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    const { services, report } = documentOf(await person.run(['dev-identity', 'bob', '--enroll', '--yes', '--json']))
    assert.equal(services.length, 3)
    assert.ok(report.outcomes.some(({ address }: { address: string }) => address === 'enrollment/bob'))
    const identity = JSON.parse(await person.read('zprom-out/developers/bob.json'))
    assert.equal(new URL(identity.ztAPI).origin, world.overlay.url)
    assert.match(identity.id.key, /^pem:-----BEGIN/)
    assert.match(await person.read('zprom.yaml'), /name: bob\n {4}enroll: true/)
  })

  it('enrolls one whose token was kept first, and is the same command again after that', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    await person.ok(['dev-identity', 'cid', '--yes'])
    assert.match(
      await person.ok(['dev-identity', 'cid', '--enroll', '--yes']),
      /Done: 0 created, 0 changed, 1 enrolled/,
    )
    const identity = await person.read('zprom-out/developers/cid.json')
    // Its token is spent.
    await assert.rejects(person.read('zprom-out/developers/cid.jwt'), { code: 'ENOENT' })
    assert.match(await person.ok(['dev-identity', 'cid']), /Done: 0 created, 0 changed, 0 enrolled/)
    assert.equal(await person.read('zprom-out/developers/cid.json'), identity)
  })

  it('says what is missing: a file that was removed, and a token that there will never be', async () => {
    const person = await world.worker()
    const specWith = (enroll: boolean) => `${spec}developers:\n  - {name: eve, enroll: ${enroll}}\n`
    await person.write('zprom.yaml', specWith(true))
    assert.match(await person.ok(['dev-identity', 'eve', '--yes']), /^eve: zprom-out\/developers\/eve\.json$/m)
    await person.write('zprom.yaml', specWith(false))
    const said = await person.ok(['dev-identity', 'eve', '--yes'])
    assert.match(said, /^eve: zprom-out\/developers\/eve\.jwt \(missing\)$/m)
    assert.match(said, /leaves it to a token, but it is enrolled here already \(zprom-out\/developers\/eve\.json\)/)
    assert.match(await person.ok(['apply', '--yes', '--re-enroll', 'eve']), /1 token saved/)
    assert.doesNotMatch(await person.ok(['plan']), /eve/)
    await rm(join(person.folder, 'zprom-out/developers/eve.jwt'))
    await rm(join(person.folder, 'zprom-out/developers/eve.json'))
    await person.write('zprom.yaml', specWith(true))
    await person.ok(['dev-identity', 'eve', '--yes'])
    await rm(join(person.folder, 'zprom-out/developers/eve.json'))
    assert.match(
      await person.ok(['dev-identity', 'eve', '--yes']),
      /^eve: zprom-out\/developers\/eve\.json \(missing\)$/m,
    )
  })

  it('adds to a spec without touching what a person wrote there', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', `# ours\n${spec}# the end\n`)
    await person.ok(['dev-identity', 'dan', '--yes'])
    assert.match(
      await person.read('zprom.yaml'),
      /^# ours\nstack: dev\nclusters:\n {2}- \{name: dev, prometheus: dark\}\n/,
    )
  })

  it('ends with 2 when the name is missing and nobody can be asked', async () => {
    const person = await world.worker()
    assertEnded(await person.run(['dev-identity']), 2, /name of the identity is missing/, /zprom dev-identity NAME/)
  })
})
