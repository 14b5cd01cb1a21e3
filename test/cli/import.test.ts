import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { articleEntities, buildByHand, clearByHand } from '../support/by-hand.js'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('zprom import', function () {
  this.timeout(120_000)
  const world = useWorld()
  const admin = () => world.overlay.admin()
  afterEach(() => clearByHand(admin()))
  const build = async (...parts: readonly string[]) => {
    const entities = articleEntities(...parts)
    await buildByHand(admin(), entities)
    return entities.length
  }

  it("writes the spec of the article's 36 entities; adopted as a whole, the plan is empty", async () => {
    assert.equal(await build(), 36)
    const person = await world.worker()
    const said = await person.ok(['import', '--stack', 'article'])
    assert.match(
      said,
      /zprom\.yaml written: kubeA \(tunneled\), kubeB \(dark\), the local Prometheus \(dark\), developer dev\.client/,
    )
    assert.match(said, /36 entities are as the spec asks/)
    assert.doesNotMatch(said, /Not understood|would be/)
    const { stack, clusters, local, developers } = parse(await person.read('zprom.yaml'))
    assert.deepEqual(
      { stack, clusters, local, developers },
      {
        stack: 'article',
        clusters: [
          { name: 'kubeA', prometheus: 'tunneled' },
          { name: 'kubeB', prometheus: 'dark' },
        ],
        local: { dark: true },
        developers: [{ name: 'dev.client' }],
      },
    )
    const advice = /to take over all that was not made by zprom: zprom plan --adopt all/
    assert.match(await person.ok(['plan']), advice)
    assertEnded(await person.run(['apply', '--yes']), 6, /to take over all that was not made by zprom: --adopt all/)
    const typo = await person.run(['plan', '--adopt', 'service/kubeC.reflect.svc', '--exit-code'])
    assert.match(typo.stdout, /! service\/kubeC\.reflect\.svc: the spec asks for no such entity/)
    const plan = documentOf(await person.run(['plan', '--adopt', 'all', '--json']))
    assert.equal(plan.steps.length, 36)
    for (const { action, changes } of plan.steps) {
      assert.equal(action, 'update')
      assert.deepEqual(
        changes.map(({ field }: { field: string }) => field),
        ['tags'],
      )
    }
    assert.deepEqual([plan.conflicts, plan.forecast?.changes ?? []], [[], []])
    assert.match(await person.ok(['apply', '--adopt', 'all', '--yes']), /0 created, 36 changed/)
    // The spec was lost, and the name of its stack with it.
    const other = await person.run(['import', '--stack', 'other', '--dry-run'])
    assert.match(
      other.stderr,
      /36 entities of the stack "article" are left out; to import those instead: zprom import --stack article/,
    )
    assert.match(
      await person.ok(['plan', '--exit-code']),
      /0 to create, 0 to change, 0 to delete, 0 to enroll, 0 tokens to save, 36 unchanged/,
    )
    await person.ok(['verify'])
  })

  it('takes the network over in the same command with --adopt, after asking: then a plan is empty', async () => {
    await build()
    const person = await world.worker()
    assertEnded(await person.run(['import', '--adopt']), 2, /Apply this plan\?/, /--yes/)
    await assert.rejects(person.read('zprom.yaml'))
    assertEnded(await person.run(['import', '--adopt', '--dry-run']), 2, /cannot also be provided/)
    assertEnded(await person.run(['import', '--yes']), 2, /--adopt/)
    const { written, same, different, missing, adopted } = documentOf(
      await person.run(['import', '--adopt', '--yes', '--json']),
    )
    assert.deepEqual([written, same, different, missing], [true, 36, [], []])
    const results = adopted.report.outcomes.filter(({ action }: { action: string }) => action === 'update')
    assert.equal(results.length, 36)
    const text = await person.read('zprom.yaml')
    assert.match(text, /kubeA[\s\S]*kubeB/)
    assert.match(
      await person.ok(['plan', '--exit-code']),
      /0 to create, 0 to change, 0 to delete, 0 to enroll, 0 tokens to save, 36 unchanged/,
    )
    await person.ok(['verify'])
    // As the hint of a run that broke off says: the same command goes on, but over no spec that a person has edited.
    assert.match(await person.ok(['import', '--adopt', '--yes']), /nothing to do, 36 unchanged|0 changed/)
    assert.equal(await person.read('zprom.yaml'), text)
    await person.write('zprom.yaml', `${text}# mine\n`)
    assertEnded(await person.run(['import', '--adopt', '--yes']), 2, /zprom\.yaml is there already/)
    assert.equal(await person.read('zprom.yaml'), `${text}# mine\n`)
  })

  it('writes no spec when --adopt meets what it may not take over: 6', async () => {
    await build('kubeB')
    const [reflect] = await admin().listByName('/identities', ['kubeB.reflect.id'])
    await admin().patch('/identities', String((reflect as { id: string }).id), { isAdmin: true })
    const person = await world.worker()
    assertEnded(await person.run(['import', '--adopt', '--yes']), 6, /identity\/kubeB\.reflect\.id/)
    await assert.rejects(person.read('zprom.yaml'))
  })

  for (const [title, parts, spec, missing] of [
    ['a tunneled cluster alone', ['kubeA'], { clusters: [{ name: 'kubeA', prometheus: 'tunneled' }] }, 0],
    ['a dark cluster alone', ['kubeB'], { clusters: [{ name: 'kubeB', prometheus: 'dark' }] }, 0],
    ['a local Prometheus in the open', ['local prometheuz$'], { local: {} }, 0],
    [
      'a cluster of which only the first steps were done',
      ['kubeA ziti', 'kubeA reflectz'],
      { clusters: [{ name: 'kubeA', prometheus: 'tunneled' }] },
      6,
    ],
    [
      'a dark Prometheus without a workload',
      ['kubeB prom'],
      { clusters: [{ name: 'kubeB', prometheus: 'dark', workloads: [] }] },
      0,
    ],
  ] as const) {
    it(`understands ${title}`, async () => {
      const entities = articleEntities().filter(({ part }) => parts.some(one => new RegExp(`^${one}`).test(part)))
      await buildByHand(admin(), entities)
      const person = await world.worker()
      const found = documentOf(await person.run(['import', '--json']))
      const { stack: _stack, overlay: _overlay, ...rest } = parse(await person.read('zprom.yaml'))
      assert.deepEqual(rest, spec)
      assert.deepEqual([found.missing.length, found.notUnderstood], [missing, []])
      // Without a workload nobody has to be able to dial one: what it may dial would follow, and that is said.
      const different = 'workloads' in (parse(await person.read('zprom.yaml')).clusters?.[0] ?? {}) ? 1 : 0
      assert.deepEqual([found.different.length, found.same], [different, entities.length - different])
      await person.ok(['apply', '--adopt', 'all', '--yes'])
      await person.ok(['plan', '--exit-code'])
      await person.ok(['destroy', '--yes', '--accept', 'delete-identities'])
    })
  }

  it('reads the release off the address of ziti-host, and the role attribute of a workload off its policy', async () => {
    const entities = articleEntities('kubeA').map(one => {
      if (one.name === 'kubeA.prometheus.svc-host.v1')
        return { ...one, data: { protocol: 'tcp', address: 'mon-prometheus-server', port: 80 } }
      if (one.name.startsWith('kubeA.reflect.svc.dial')) return { ...one, identityRoles: ['#friends'] }
      if (one.name === 'kubeA.prometheus.id') return { ...one, roleAttributes: ['friends', 'prometheus-clients'] }
      return one
    })
    await buildByHand(admin(), entities)
    const person = await world.worker()
    const found = documentOf(await person.run(['import', '--json']))
    assert.deepEqual([found.different, found.missing], [[], []])
    assert.deepEqual(parse(await person.read('zprom.yaml')).clusters, [
      {
        name: 'kubeA',
        prometheus: 'tunneled',
        releases: { prometheus: 'mon' },
        workloads: [{ name: 'reflect', clients: 'friends' }],
      },
    ])
  })

  it('lists what it does not understand, takes over nobody who may do something else, and says what would change', async () => {
    await build('kubeB', 'developer')
    const strangers = [
      {
        kind: 'identity' as const,
        path: '/identities',
        body: { name: 'db.admin', type: 'Device', isAdmin: false, roleAttributes: ['prometheus-clients', 'db'] },
      },
      { kind: 'service' as const, path: '/services', body: { name: 'shop.api', encryptionRequired: true } },
      {
        kind: 'service' as const,
        path: '/services',
        body: { name: 'kube-c.prometheus.svc', encryptionRequired: true },
      },
    ]
    for (const { path, body } of strangers) await admin().create(path, body)
    const [dial] = await admin().listByName('/service-policies', ['kubeB.reflect.svc.dial'])
    await admin().patch('/service-policies', String((dial as { id: string }).id), {
      identityRoles: ['#reflectz-clients', '#db'],
    })
    const person = await world.worker()
    const { clusters, developers, different, notUnderstood } = documentOf(await person.run(['import', '--json']))
    assert.deepEqual([clusters.length, developers], [1, ['dev.client']])
    assert.deepEqual(different, ['service-policy/kubeB.reflect.svc.dial'])
    const told = notUnderstood.map(({ what }: { what: string }) => what)
    assert.deepEqual(told, ['cluster kube-c', 'identity/db.admin', 'service/kube-c.prometheus.svc', 'service/shop.api'])
    const [whole, , part] = notUnderstood.map(({ reason }: { reason: string }) => reason)
    assert.match(whole, /kube-c/)
    assert.equal(part, 'part of cluster kube-c, which is left out')
    await clearByHand(
      admin(),
      strangers.map(({ kind, body }) => ({ part: '', kind, name: body.name })),
    )
  })

  it('never replaces a spec that is there unless it is told to: 2', async () => {
    await build('kubeB')
    const person = await world.worker()
    await person.write('zprom.yaml', '# mine\n')
    assertEnded(await person.run(['import']), 2, /zprom\.yaml is there already/, /--force/)
    assert.equal(await person.read('zprom.yaml'), '# mine\n')
    assert.match(await person.ok(['import', '--dry-run']), /^clusters:/m)
    assert.equal(await person.read('zprom.yaml'), '# mine\n')
    await person.ok(['import', '--force'])
    assert.match(await person.read('zprom.yaml'), /kubeB/)
  })

  it('writes nothing for a network on which there is nothing of the article: 2', async () => {
    const person = await world.worker()
    assertEnded(await person.run(['import']), 2, /nothing on this network has the names of the article/)
    await assert.rejects(person.read('zprom.yaml'))
  })

  it('leaves out what another stack owns, and finds again what its own stack owned when the spec is lost', async () => {
    const person = await world.worker()
    const targets =
      'targets:\n  - {name: node, address: "10.0.0.5:9100", hostedBy: edge}\n  - {name: db, address: "db:443", hostedBy: edge, scheme: https}\n'
    const cluster = '{name: kubeA, prometheus: tunneled, scrape: [kubeA.reflect, {target: node, job: nodes}]}'
    const lost = `stack: lost\nclusters: [${cluster}]\n${targets}developers: [{name: lost.dev}]\n`
    await person.write('zprom.yaml', lost)
    await person.ok(['apply', '--yes'])
    assertEnded(await person.run(['import', '--stack', 'other', '--force']), 2, /nothing on this network/)
    const found = await person.ok(['import', '--stack', 'lost', '--force'])
    assert.match(found, /kubeA \(tunneled\), target db, target node, developer lost\.dev/)
    assert.match(found, /Next: zprom plan, then zprom apply/)
    assert.match(found, /the network does not know namespaces, .* jobs, intervals and paths, .*: add yours/)
    assert.doesNotMatch(found, /Not understood/)
    const plan = await person.ok(['plan', '--exit-code', '--prune'])
    assert.match(plan, /0 to create, 0 to change, 0 to delete, .* 28 unchanged/)
    await person.ok(['destroy', '--yes', '--accept', 'delete-identities'])
  })
})
