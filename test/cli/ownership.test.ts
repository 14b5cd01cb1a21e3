import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('what somebody else made or changed', () => {
  const world = useWorld()

  it('leaves a foreign entity of the same name alone: exit code 6, its address, nothing written', async () => {
    const admin = world.overlay.admin()
    const { id } = await admin.create('/services', { name: 'taken.reflect.svc', encryptionRequired: true })
    const before = await admin.get(`/services/${id}`)
    const person = await world.worker()
    const ran = await person.run(['init', 'cluster', 'taken', '--prometheus', 'dark', '--yes'])
    assertEnded(
      ran,
      6,
      /nothing was changed, because of 1 conflict:/,
      /^service\/taken\.reflect\.svc: .*not made by zprom/m,
    )
    assert.match(
      ran.stderr,
      /take it over with --adopt service\/taken\.reflect\.svc, or rename it, or delete it, or use another cluster name/,
    )
    assert.equal(ran.stdout, '')
    assert.deepEqual(await readdir(person.folder), [])
    assert.deepEqual(await admin.get(`/services/${id}`), before)
    assert.deepEqual(await admin.listByName('/identities', ['taken.reflect.id']), [])
  })

  it('is taken over by the very command that met it, as the error says', async () => {
    const admin = world.overlay.admin()
    const { id } = await admin.create('/identities', { name: 'by.hand', type: 'Device', isAdmin: false })
    const person = await world.worker()
    const command = ['dev-identity', 'by.hand', '--yes']
    const refused = await person.run(command)
    assertEnded(refused, 6, /take it over with --adopt identity\/by\.hand/)
    await person.ok([...command, '--adopt', 'identity/by.hand'])
    const [row] = (await admin.listByName('/identities', ['by.hand'])) as { id: string; tags: Record<string, string> }[]
    assert.deepEqual([row?.id, row?.tags.zprom_address], [id, 'developer/by.hand'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
    for (const other of [
      ['init', 'local'],
      ['add-target', 'x'],
    ])
      assert.match(await person.ok([...other, '--help']), /--adopt=/)
  })

  it('is one local Prometheus for each network, and a second stack is told whose', async () => {
    const [one, other] = [await world.worker(), await world.worker()]
    await one.write('zprom.yaml', 'stack: mine\nlocal: {}\n')
    await one.ok(['apply', '--yes'])
    const text = 'stack: yours\nlocal: {}\n'
    await other.write('zprom.yaml', text)
    const ran = await other.run(['apply', '--yes'])
    assertEnded(ran, 6, /belongs to the stack "mine"/, /leave "local:" out here, or have the stack "mine" give it up/)
    // To take its stack as well would make all else of it extra, one --prune away from being deleted.
    assert.doesNotMatch(ran.stderr, /set "stack/)
    assert.equal(await other.read('zprom.yaml'), text)
  })

  it('is not joined without a warning by a new spec whose folder has the name of its stack', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: first\nclusters:\n  - {name: first, prometheus: dark}\n')
    await person.ok(['apply', '--yes'])
    const other = await world.worker()
    await mkdir(join(other.folder, 'first'))
    const here = { cwd: 'first' }
    const warning =
      /^warning: the stack "first" is on this network already, with 14 entities that .*--stack NAME.*zprom import --stack first/m
    assertEnded(await other.run(['init', 'cluster', 'firstB', '--prometheus', 'dark', '--dry-run'], here), 0, warning)
    assertEnded(await other.run(['init', 'local', '--dry-run'], here), 0, warning)
    assert.deepEqual(await readdir(join(other.folder, 'first')), [])
    // A checkout without the file, of the same folder's name: what it asks for is its own.
    const again = await other.run(['init', 'cluster', 'first', '--prometheus', 'dark', '--dry-run'], here)
    assertEnded(again, 0)
    assert.match(again.stdout, /0 to create, 0 to change/)
    assert.doesNotMatch(again.stderr, /warning/)
    await other.ok(['dev-identity', 'first.dev', '--stack', 'second', '--yes'], here)
    assert.match(await other.read('first/zprom.yaml'), /^stack: second$/m)
    assert.doesNotMatch(await other.ok(['plan'], here), /no longer in the spec/)
    const named = ['dev-identity', 'first.dev2', '--yes', '--stack']
    assertEnded(
      await other.run([...named, 'first'], here),
      2,
      /zprom\.yaml is there already, and is of the stack "second"/,
    )
    await other.ok([...named, 'second'], here)
    await other.ok(['dev-identity', 'first.dev3', '--yes', '--stack', 'first', '--spec', 'lost.yaml'], here)
  })

  it('fails verify with what can be done about it, which is not to apply', async () => {
    const admin = world.overlay.admin()
    await admin.create('/services', { name: 'held.reflect.svc', encryptionRequired: true })
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: held\nclusters:\n  - {name: held, prometheus: dark}\n')
    const { stdout } = await person.run(['verify'])
    const advice =
      /look with: zprom plan; service\/held\.reflect\.svc: .*take it over with: zprom apply --adopt service\/held/
    assert.match(stdout, advice)
    assert.doesNotMatch(stdout, /mend with: zprom apply/)
  })

  it('shows the conflict in a plan, among all that could be done', async () => {
    const admin = world.overlay.admin()
    await admin.create('/services', { name: 'shown.reflect.svc', encryptionRequired: true })
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: shown\nclusters:\n  - {name: shown, prometheus: dark}\n')
    const plan = await person.ok(['plan'])
    assert.match(plan, /^ {2}! service\/shown\.reflect\.svc: an entity of this name exists and was not made by zprom$/m)
    assert.match(plan, /13 to create, .*, 1 in conflict; \d+ requests, .* s\.\n$/)
    assertEnded(await person.run(['plan', '--exit-code']), 10)
    const ran = await person.run(['apply', '--yes', '--json'])
    assert.equal(ran.code, 6)
    const { report, error } = documentOf(ran)
    assert.deepEqual(report.outcomes, [])
    assert.deepEqual(error.conflicts, documentOf(await person.run(['plan', '--json'])).conflicts)
  })

  it('refuses what belongs to another stack, and names that stack', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: mine\nclusters:\n  - {name: mine, prometheus: dark}\n')
    await person.ok(['apply', '--yes'])
    const other = await world.worker()
    await other.write('zprom.yaml', 'stack: theirs\nclusters:\n  - {name: mine, prometheus: dark}\n')
    assertEnded(await other.run(['apply', '--yes']), 6, /because of 14 conflicts:/, /belongs to the stack "mine"/)
    // How it is enrolled is not ours to advise on.
    const { conflicts, notices } = documentOf(await other.run(['plan', '--json']))
    assert.deepEqual([conflicts.length, notices], [14, []])
  })

  it('shows which field was changed by hand, and apply puts it back', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: hand\nclusters:\n  - {name: hand, prometheus: tunneled}\n')
    await person.ok(['apply', '--yes'])
    const admin = world.overlay.admin()
    const find = async (path: string, name: string) => {
      const [found] = (await admin.listByName(path, [name])) as Record<string, unknown>[]
      return found ?? assert.fail(name)
    }
    const config = await find('/configs', 'hand.prometheus.svc-host.v1')
    await admin.patch('/configs', String(config.id), { data: { protocol: 'tcp', address: 'elsewhere', port: 81 } })
    const identity = await find('/identities', 'hand.prometheus.id')
    await admin.patch('/identities', String(identity.id), { roleAttributes: [] })
    const plan = await person.ok(['plan'])
    assert.match(
      plan,
      /~ config\/hand\.prometheus\.svc-host\.v1\n {6}data: \{.*"elsewhere".*\} -> \{.*"prometheuz-prom/,
    )
    assert.match(plan, /~ identity\/hand\.prometheus\.id\n {6}roleAttributes: \[\] -> \["prometheus-clients","reflect/)
    assert.match(await person.ok(['apply', '--yes']), /Done: 0 created, 2 changed, 0 enrolled/)
    assert.deepEqual((await find('/configs', 'hand.prometheus.svc-host.v1')).data, config.data)
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })

  it('shows a copy with our tags in a plan and in an apply that does nothing, and says what can be done', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: twice\nclusters:\n  - {name: twice, prometheus: dark}\n')
    await person.ok(['apply', '--yes'])
    const admin = world.overlay.admin()
    const [found] = (await admin.listByName('/configs', ['twice.reflect.svc-intercept.v1'])) as Record<
      string,
      unknown
    >[]
    const { configTypeId, data, tags } = found ?? assert.fail('it was not made')
    await admin.create('/configs', { name: 'twice.copy', configTypeId, data, tags })
    const advised =
      /\? config\/twice\.copy: extra, a copy.*\n {6}take the zprom_ tags off it if it is to stay; .*: zprom apply --prune$/m
    assert.match(await person.ok(['plan']), advised)
    assertEnded(await person.run(['plan', '--exit-code']), 10)
    const applied = await person.ok(['apply', '--yes'])
    assert.match(applied, advised)
    assert.match(applied, /Done: 0 created, 0 changed/)
    const pruned = await person.ok(['apply', '--yes', '--prune'])
    assert.match(pruned, /- config\/twice\.copy$/m)
    assert.doesNotMatch(pruned, advised)
    assert.doesNotMatch(await person.ok(['apply', '--yes']), /twice\.copy/)
  })

  it('makes again what was deleted by hand, and enrolls it again', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: gone\nclusters:\n  - {name: gone, prometheus: dark}\n')
    await person.ok(['apply', '--yes'])
    const admin = world.overlay.admin()
    const [found] = (await admin.listByName('/identities', ['gone.reflect.id'])) as { id: string }[]
    await admin.remove('/identities', found?.id ?? '')
    const old = await person.read('zprom-out/gone/gone.reflect.id.json')
    await person.ok(['apply', '--yes'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
    assert.equal(await person.read('zprom-out/gone/gone.reflect.id.json.old'), old)
  })

  it('never takes over an identity that is enrolled elsewhere, unless it is told to', async () => {
    const person = await world.worker()
    const spec = 'stack: moved\nclusters:\n  - {name: moved, prometheus: dark}\n'
    await person.write('zprom.yaml', spec)
    await person.ok(['apply', '--yes'])
    const other = await world.worker()
    await other.write('zprom.yaml', spec)
    const said = await other.ok(['apply', '--yes'])
    assert.match(said, /enrollment\/moved\.reflect\.id: enrolled elsewhere/)
    assert.match(said, /give up the other one with: zprom apply --re-enroll moved\.reflect\.id/)
    // Artefacts are written by every run that applies; nothing of an enrolment is.
    const written = await readdir(other.folder, { recursive: true })
    assert.deepEqual(
      written.filter(path => /\.(json|jwt|key|old)$/.test(path)),
      [],
    )
    await other.ok(['apply', '--yes', '--re-enroll', 'moved.reflect.id'])
    await other.ok(['verify', '--as', 'moved.reflect.id'])
    assertEnded(
      await other.run(['apply', '--re-enroll', 'nobody']),
      2,
      /the spec has no such identity/,
      /moved\.reflect/,
    )
  })
})
