import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('zprom plan', () => {
  const world = useWorld()
  const spec = 'stack: plan\nclusters:\n  - {name: plan, prometheus: tunneled}\n'

  it('shows every step and ends with the counts', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    const lines = (await person.ok(['plan'])).trimEnd().split('\n')
    assert.equal(lines[0], `Plan for stack "plan" on ${world.overlay.url}`)
    assert.equal(lines.filter(line => line.startsWith('  + ')).length, 16)
    assert.ok(
      lines.includes('  + service-policy/plan.prometheus.svc.dial  #prometheus-clients may Dial @plan.prometheus.svc'),
    )
    assert.ok(
      lines.includes('  > enrollment/plan.ziti.id: save its token as zprom-out/plan/plan.ziti.id.jwt (new identity)'),
    )
    assert.match(
      lines.at(-1) ?? '',
      /^Plan: 16 to create, 0 to change, 0 to delete, 2 to enroll, 1 token to save, 0 unchanged; \d+ requests, \d+\.\d s\.$/,
    )
  })

  it('says on stderr what it read, so that stdout is the plan alone', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    assert.match((await person.run(['plan'])).stderr, /^read \d+ entities in \d+ requests\n$/)
  })

  it('changes nothing, on disk or at the controller', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    await person.ok(['plan'])
    const admin = world.overlay.admin()
    assert.deepEqual(await admin.list('/services'), [])
    await assert.rejects(person.read('zprom-out'), { code: 'ENOENT' })
    assert.equal(await person.read('zprom.yaml'), spec)
  })

  it('ends with 10 under --exit-code while there is something to do, and with 0 after it', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec.replaceAll('plan', 'later'))
    assertEnded(await person.run(['plan']), 0)
    assertEnded(await person.run(['plan', '--exit-code']), 10)
    const asJson = await person.run(['plan', '--exit-code', '--json'])
    assert.equal(asJson.code, 10)
    assert.equal(documentOf(asJson).steps.length, 16)
    await person.ok(['apply', '--yes'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })

  it('gives addresses and fields under --json, and no ids of the controller', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    const plan = documentOf(await person.run(['plan', '--json']))
    assert.deepEqual(Object.keys(plan).sort(), [
      'basis',
      'conflicts',
      'controller',
      'drift',
      'enrollments',
      'forecast',
      'notices',
      'orphans',
      'stack',
      'steps',
      'unchanged',
    ])
    const step = plan.steps.find(({ address }: { address: string }) => address === 'service/plan.reflect.svc')
    assert.deepEqual(step, {
      action: 'create',
      address: 'service/plan.reflect.svc',
      origin: 'cluster/plan',
      fields: {
        encryptionRequired: true,
        configs: ['plan.reflect.svc-intercept.v1'],
        roleAttributes: ['plan.reflect.svc.services'],
      },
      waitsFor: ['config/plan.reflect.svc-intercept.v1'],
    })
  })

  it('reads another file with --spec or ZPROM_SPEC, and keeps its output beside that file', async () => {
    const person = await world.worker()
    await person.write('other.yaml', 'stack: other\noutput: ../elsewhere\n')
    assert.match(await person.ok(['plan', '--spec', 'other.yaml']), /Plan for stack "other"/)
    assert.match(await person.ok(['plan'], { env: { ZPROM_SPEC: 'other.yaml' } }), /Plan for stack "other"/)
  })

  it('shows paths as they can be typed here, wherever the spec and its output are', async () => {
    const person = await world.worker()
    const output = join(person.folder, 'absolute')
    await mkdir(join(person.folder, 'net'))
    await person.write('net/zprom.yaml', spec)
    await person.write('net/absolute.yaml', `${spec}output: ${output}\n`)
    const jwt = 'plan/plan.ziti.id.jwt'
    assert.ok((await person.ok(['plan', '-s', 'net/zprom.yaml'])).includes(` net/zprom-out/${jwt} (`))
    assert.ok((await person.ok(['plan', '-s', 'net/absolute.yaml'])).includes(` ${output}/${jwt} (`))
  })

  it('warns of a spec that is there but empty: it may have been cut off', async () => {
    const person = await world.worker()
    for (const text of ['', '# only this\n', 'null\n', '---\n{}\n']) {
      await person.write('zprom.yaml', text)
      for (const command of [['plan'], ['apply', '--yes'], ['verify']])
        assertEnded(await person.run(command), 0, /^warning: zprom\.yaml is empty, so it asks for nothing$/m)
    }
    await person.write('zprom.yaml', 'stack: nothing\n')
    assert.doesNotMatch((await person.run(['plan'])).stderr, /warning/)
  })

  it('prunes nothing for a spec that is empty: 2', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'developers: [{name: still.here}]\n')
    await person.ok(['apply', '--yes'])
    for (const text of ['', '# cut off\n', 'null\n']) {
      await person.write('zprom.yaml', text)
      for (const command of [['plan'], ['apply', '--yes']])
        assertEnded(await person.run([...command, '--prune']), 2, /zprom\.yaml is empty.*"zprom"/, /"zprom destroy"/)
    }
    assert.equal((await world.overlay.admin().listByName('/identities', ['still.here'])).length, 1)
    assert.match(await person.ok(['destroy', '--yes']), /1 deleted/)
  })

  it('ends with 3 when there is no spec, and says how to make one', async () => {
    const person = await world.worker()
    assertEnded(
      await person.run(['plan']),
      3,
      /zprom\.yaml:1:1 there is no such file\. Make it with "zprom init cluster/,
    )
  })

  it('says in a line what is wrong with a flag, and below it which may be meant or what to write', async () => {
    const person = await world.worker()
    for (const [flags, told, advice] of [
      [['--exitcode'], 'Nonexistent flag: --exitcode', 'did you mean --exit-code? see: zprom plan --help'],
      [['--parallel', '0'], '--parallel: Expected an integer .* but received: 0', 'see: zprom plan --help'],
      [['--timeout', '5'], '--timeout: 5 is no length of time', 'write a number with a unit, such as .*'],
      [['--spec'], 'Flag --spec expects a value', 'see: zprom plan --help'],
    ] as const) {
      const { code, stdout, stderr } = await person.run(['plan', ...flags])
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, new RegExp(`^Error: ${told}\n  ${advice.replace('?', '\\?')}\n$`))
    }
    // Also of a command that has no flags of its own.
    assertEnded(
      await person.run(['completion', '--jsn']),
      2,
      /^Error: Nonexistent flag: --jsn\n {2}did you mean --json\?/m,
    )
  })
})
