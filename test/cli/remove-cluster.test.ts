import assert from 'node:assert/strict'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { clusterJobs, localConfig } from '../support/scrape-reference.js'

const accept = ['--accept', 'delete-identities']

describe('zprom remove cluster', function () {
  this.timeout(60_000)
  const world = useWorld()
  const specOf = (name: string) =>
    [
      `stack: ${name} # ours`,
      'clusters:',
      `  - name: ${name}A # stays`,
      '    prometheus: dark',
      '    scrape:',
      `      - ${name}A.reflect # its own`,
      `      - {target: ${name}B.prometheus, federate: true}`,
      `      - ${name}B.reflect`,
      `  - name: ${name}B # goes`,
      '    prometheus: tunneled',
      '',
    ].join('\n')
  const arrive = async (name: string, more = '') => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf(name) + more)
    await person.ok(['apply', '--yes'])
    return person
  }

  it('takes the scrapes of it by others along, says so before the plan, and leaves the rest of the file as it is', async () => {
    const person = await arrive('taken')
    const said = await person.ok(['remove', 'cluster', 'takenB', '--yes', ...accept])
    const [before = ''] = said.split('Plan for stack')
    assert.match(before, /^takenA no longer scrapes takenB\.prometheus \(job federate-from-takenB\)$/m)
    assert.match(before, /^takenA no longer scrapes takenB\.reflect \(job takenB\.reflectz\)$/m)
    assert.match(said, /16 deleted/)
    assert.match(said, /takenB\.ziti\.id loses Bind to takenB\.prometheus\.svc/)
    assert.match(said, /^ {2}zprom install takenA$/m)
    assert.match(said, /helm uninstall prometheuz --kube-context CONTEXT --namespace default/)
    const lines = specOf('taken').split('\n')
    assert.equal(await person.read('zprom.yaml'), [...lines.slice(0, 6), ''].join('\n'))
    assert.deepEqual(
      (await clusterJobs(person, 'takenA')).map(({ job_name }) => job_name),
      ['takenA.reflectz'],
    )
    assert.match(await person.ok(['plan', '--exit-code']), /0 to create, .*14 unchanged/)
  })

  it('changes the list of a local Prometheus that has none of its own, and says that too', async () => {
    const person = await arrive('inlocal', 'local: {}\n')
    const { dropped } = documentOf(await person.run(['remove', 'cluster', 'inlocalB', '--yes', '--json', ...accept]))
    assert.deepEqual(
      dropped
        .filter(({ reader }: { reader: string }) => reader === 'local')
        .map(({ target }: { target: string }) => target),
      ['inlocalB.prometheus', 'inlocalB.reflect'],
    )
    assert.doesNotMatch(JSON.stringify(await localConfig(person)), /inlocalB/)
    await person.ok(['destroy', '--yes', ...accept])
  })

  it('says which command takes over what is in the way at another cluster, for it does not itself', async () => {
    const person = await arrive('way')
    const admin = world.overlay.admin()
    const [row] = (await admin.listByName('/services', ['wayA.reflect.svc'])) as { id: string }[]
    await admin.patch('/services', row?.id ?? '', { tags: { made: 'by hand' } })
    const ran = await person.run(['remove', 'cluster', 'wayB', '--yes', ...accept])
    assertEnded(ran, 6, /take it over with: zprom apply --adopt service\/wayA\.reflect\.svc, or/)
  })

  it('deletes nothing, and writes nothing, while identities are enrolled and nobody agreed: 6', async () => {
    const person = await arrive('agreed')
    assertEnded(
      await person.run(['remove', 'cluster', 'agreedB', '--yes']),
      6,
      /is enrolled/,
      /--accept delete-identities/,
    )
    assert.equal(await person.read('zprom.yaml'), specOf('agreed'))
    const said = await person.ok(['remove', 'cluster', 'agreedB', '--dry-run', ...accept])
    assert.match(said, /16 to delete/)
    assert.equal(await person.read('zprom.yaml'), specOf('agreed'))
  })

  it('leaves the entities with --keep, deletes no other left-overs, and goes on where it stopped', async () => {
    const person = await arrive('goon', 'developers: [{name: goon.dev}]\n')
    await person.write('zprom.yaml', specOf('goon'))
    const kept = await person.ok(['remove', 'cluster', 'goonB', '--keep', '--yes'])
    assert.match(kept, /no longer in the spec; kept/)
    assert.match(
      kept,
      /to have nothing of goonB left:\n(?: {2}.*\n)*? {2}zprom remove cluster goonB --accept delete-identities$/m,
    )
    const again = await person.run(['remove', 'cluster', 'goonB', '--yes', ...accept])
    // Whoever mistyped a name in a script is to see it, though to remove what is gone is no fault.
    assertEnded(again, 0, /zprom\.yaml has no cluster "goonB"\. .*goonA/)
    assert.match(again.stdout, /16 deleted/)
    assert.match(await person.ok(['plan']), /identity\/goon\.dev: ours, but no longer in the spec/)
  })

  it('is what a spec is told whose cluster was taken out by hand: 3, with the lines that were left behind', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('hand').split('\n').slice(0, 8).join('\n'))
    const ran = await person.run(['plan'])
    assertEnded(ran, 3, /zprom\.yaml:7.*nothing to scrape named "handB\.prometheus"/, /zprom\.yaml:8/)
    assert.match(ran.stderr, /remove this scrape too, by hand; "zprom remove cluster" would have done both/)
  })

  it('says of targets that the cluster hosts who stays for them', async () => {
    const target = "targets: [{name: hostednode, address: '10.0.0.5:9100', hostedBy: hostedB.ziti.id}]\n"
    const person = await arrive('hosted', target)
    const said = await person.ok(['remove', 'cluster', 'hostedB', '--yes', ...accept])
    assert.match(said, /hostednode is hosted by hostedB\.ziti\.id, which stays for it/)
    assert.match(said, /15 deleted/)
    await person.ok(['plan', '--exit-code'])
  })
})
