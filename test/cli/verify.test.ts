import assert from 'node:assert/strict'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kinds, type Raw } from '../../src/kinds/index.js'
import { call } from '../contract/enroll-wire-world.js'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { articleSpec } from '../support/spec-builder.js'

type Seen = { id: string; result: string; detail: string; hint?: string }

describe('zprom verify', () => {
  const world = useWorld()
  // The article's overlay, whole again before each case, by somebody who holds all its files.
  const arrive = async () => {
    const person = await world.worker()
    const developers = [{ name: 'dev.client', enroll: true }]
    await person.write('zprom.yaml', JSON.stringify({ ...articleSpec, developers }))
    await person.ok(['apply', '--yes', ...reEnrolled])
    return person
  }
  const reEnrolled: string[] = []
  const checksOf = async (person: Person, code: number, ...flags: string[]) => {
    const ran = await person.run(['verify', '--json', ...flags])
    assert.equal(ran.code, code, ran.stdout)
    return documentOf(ran).checks as Seen[]
  }
  const find = (checks: readonly Seen[], id: string) => checks.find(check => check.id === id) ?? assert.fail(id)
  const idOf = async (path: string, name: string) => {
    const [found] = (await world.overlay.admin().listByName(path, [name])) as { id: string }[]
    return found?.id ?? assert.fail(name)
  }

  before(() => {
    for (const name of [
      'kubeA.prometheus.id',
      'kubeA.reflect.id',
      'kubeB.prometheus.id',
      'kubeB.reflect.id',
      'dev.client',
    ])
      reEnrolled.push('--re-enroll', name)
  })

  it('passes for the article, and dev.client itself sees exactly its six services', async () => {
    const person = await arrive()
    const checks = await checksOf(person, 0)
    const { services } = documentOf(await person.run(['dev-identity', 'dev.client', '--json']))
    const file = new URL('../support/article/expected-services.json', import.meta.url)
    const expected: { service: string; intercept: string; permissions: string[] }[] = JSON.parse(
      await readFile(file, 'utf8'),
    ).services
    const byName = (a: { service: string }, b: { service: string }) => (a.service < b.service ? -1 : 1)
    assert.deepEqual(
      services,
      expected
        .map(({ service, intercept, permissions }) => ({ service, intercepts: [intercept], permissions }))
        .sort(byName),
    )
    assert.equal(find(checks, 'services/dev.client').detail, '6 of 6, as the controller tells the identity itself')
  })

  it('warns of an identity file that others can read', async () => {
    const person = await arrive()
    await chmod(join(person.folder, 'zprom-out/kubeB/kubeB.reflect.id.json'), 0o640)
    const { result, detail, hint } = find(await checksOf(person, 0), 'enrolled/kubeB.reflect.id')
    const file = 'zprom-out/kubeB/kubeB.reflect.id.json'
    assert.deepEqual([result, detail, hint], ['warn', `others can read the key in ${file}`, `chmod 600 ${file}`])
    // The search of all output for secrets looks at the modes of files, too.
    await chmod(join(person.folder, file), 0o600)
  })

  it('fails for an identity that is disabled, enrolled or not, and advises no other certificate', async () => {
    const person = await arrive()
    const ids = await Promise.all(['dev.client', 'kubeA.ziti.id'].map(name => idOf('/identities', name)))
    const { token } = await world.overlay.admin().session()
    const turn = async (id: string, how: string, body?: Raw) => {
      const url = `${world.overlay.url}/edge/management/v1/identities/${id}/${how}`
      assert.equal((await call('POST', url, { headers: { 'zt-session': token }, ...(body && { body }) })).status, 200)
    }
    await turn(ids[0] ?? '', 'disable', { durationMinutes: 0 })
    await turn(ids[1] ?? '', 'disable', { durationMinutes: 90 })
    try {
      const checks = await checksOf(person, 7)
      const forGood = find(checks, 'enrolled/dev.client')
      const forNow = find(checks, 'enrolled/kubeA.ziti.id')
      assert.deepEqual([forGood.result, forGood.detail], ['fail', 'disabled at the controller'])
      const list = `ziti edge list identities 'name = "dev.client"'`
      assert.ok(forGood.hint?.endsWith(`POST /edge/management/v1/identities/ID/enable, with its ID from: ${list}`))
      assert.equal(forNow.result, 'fail')
      assert.match(forNow.detail ?? '', /^disabled at the controller until \d{4}-\d\d-\d\dT.*Z$/)
      const failed = checks.filter(({ result }) => result === 'fail')
      assert.deepEqual(
        failed,
        [forGood, forNow].sort((a, b) => checks.indexOf(a) - checks.indexOf(b)),
      )
      assert.match(find(checks, 'services/dev.client').detail, /^6 of 6, by the administrator's view: it is disabled$/)
      assert.ok(!/re-enroll/.test(`${forGood.hint} ${forNow.hint}`))
    } finally {
      for (const id of ids) await turn(id, 'enable')
    }
    await checksOf(person, 0)
  })

  it('says each check in a line, what to do below it, and the counts last', async () => {
    const lines = (await (await arrive()).ok(['verify'])).trimEnd().split('\n')
    assert.ok(
      lines.includes(
        "  ok    kubeA.ziti.id sees its 1 service: 1 of 1, by the administrator's view: its identity file is not here",
      ),
    )
    assert.ok(lines.includes('  warn  kubeB.reflect.svc is hosted: no terminator'), lines.join('\n'))
    assert.ok(lines.includes('          nothing hosts it yet; kubeB.reflect.id is to  [terminator/kubeB.reflect.svc]'))
    assert.match(lines.at(-1) ?? '', /^Verify: \d+ passed, 7 warned, 0 failed, 0 skipped; \d+ requests, \d+\.\d s\.$/)
  })

  it('keeps to one identity with --as, and knows which there are', async () => {
    const person = await arrive()
    const checks = await checksOf(person, 0, '--as', 'dev.client')
    assert.deepEqual(
      checks.map(({ id }) => id),
      ['enrolled/dev.client', 'services/dev.client', 'routers/dev.client'],
    )
    assertEnded(
      await person.run(['verify', '--as', 'dev']),
      2,
      /--as dev: the spec has no such identity/,
      /dev\.client/,
    )
  })

  it('fails with 7 when a policy was deleted by hand, says what is missing, and how to mend it', async () => {
    const person = await arrive()
    const admin = world.overlay.admin()
    await admin.remove('/service-policies', await idOf('/service-policies', 'kubeB.prometheus.svc.dial'))
    const ran = await person.run(['verify'])
    assertEnded(ran, 7, /^Error: \d of \d+ checks failed$/m)
    assert.match(ran.stdout, /FAIL {2}dev\.client sees its 6 services: missing: kubeB\.prometheus\.svc/)
    assert.match(ran.stdout, /FAIL {2}the controller has what the spec says: Plan: 1 to create/)
    assert.match(ran.stdout, /mend with: zprom apply/)
    await person.ok(['apply', '--yes'])
    await person.ok(['verify'])
  })

  it('fails with 7 when an identity was deleted, and names each check that it breaks', async () => {
    const person = await arrive()
    await world.overlay.admin().remove('/identities', await idOf('/identities', 'kubeA.reflect.id'))
    const checks = await checksOf(person, 7)
    const { error } = documentOf(await person.run(['verify', '--json']))
    assert.deepEqual([error.code, error.exitCode], ['VERIFY', 7])
    const { result, detail } = find(checks, 'enrolled/kubeA.reflect.id')
    assert.deepEqual([result, detail], ['fail', 'no such identity'])
    assert.equal(find(checks, 'plan/empty').result, 'fail')
    for (const id of ['enrolled', 'services', 'routers'])
      assert.equal(find(checks, `${id}/kubeA.reflect.id`).hint, 'make it with: zprom apply', id)
  })

  it('says of a service that was deleted by hand that apply makes it', async () => {
    const person = await arrive()
    await world.overlay.admin().remove('/services', await idOf('/services', 'kubeB.reflect.svc'))
    const { detail, hint } = find(await checksOf(person, 7), 'routers/dev.client')
    assert.deepEqual([detail, hint], ['no such entity: service/kubeB.reflect.svc', 'make it with: zprom apply'])
  })

  it('names our own left-over policy that grants more than the spec, and apply says what is left over', async () => {
    const person = await arrive()
    const developers = [{ name: 'dev.client', enroll: true }]
    const clusters = articleSpec.clusters?.slice(0, 1)
    await person.write('zprom.yaml', JSON.stringify({ ...articleSpec, clusters, developers }))
    const left = '  ? service-policy/kubeB.reflect.svc.dial: ours, but no longer in the spec; kept'
    assert.ok((await person.ok(['apply', '--yes'])).split('\n').includes(left))
    const { detail, hint } = find(await checksOf(person, 7), 'services/dev.client')
    assert.match(detail, /^beyond the spec: kubeB\.prometheus\.svc, kubeB\.reflect\.scrape\.svc, kubeB\.reflect\.svc /)
    assert.match(
      hint ?? '',
      /service-policy\/kubeB\.reflect\.svc\.dial.*: ours, but no longer in the spec; delete with: zprom apply --prune/,
    )
    assert.doesNotMatch(hint ?? '', /outside the spec|not made by zprom/)
  })

  it('names the stack whose role attributes are the same, and of many services the first five', async () => {
    const person = await arrive()
    const other = await world.worker()
    const names = ['o1', 'o2', 'o3']
    await other.write(
      'zprom.yaml',
      `stack: neighbour\nclusters:\n${names.map(name => `  - {name: ${name}, prometheus: dark}\n`).join('')}`,
    )
    await other.ok(['apply', '--yes'])
    const { detail, hint } = find(await checksOf(person, 7), 'services/dev.client')
    assert.match(detail, /^beyond the spec: (?:o\d[\w.]+, ){5}and 4 more /)
    assert.match(hint ?? '', /stack "neighbour": shares role attributes with this one \(docs\/topology\.md\)/)
    for (const { path } of [...kinds].reverse())
      for (const row of await world.overlay.admin().list(path, 'tags.zprom_stack = "neighbour"'))
        await world.overlay.admin().remove(path, (row as { id: string }).id)
  })

  it('fails when a foreign policy grants one service more, and only warns with --allow-extra', async () => {
    const person = await arrive()
    const admin = world.overlay.admin()
    const { id: service } = await admin.create('/services', { name: 'foreign', encryptionRequired: true })
    const { id: policy } = await admin.create('/service-policies', {
      name: 'foreign.dial',
      type: 'Dial',
      semantic: 'AnyOf',
      serviceRoles: [`@${service}`],
      identityRoles: [`@${await idOf('/identities', 'dev.client')}`],
    })
    const strict = find(await checksOf(person, 7), 'services/dev.client')
    assert.match(strict.detail, /^beyond the spec: foreign \(not made by zprom\)/)
    assert.match(strict.hint ?? '', /--allow-extra/)
    assert.equal(find(await checksOf(person, 0, '--allow-extra'), 'services/dev.client').result, 'warn')
    await admin.remove('/service-policies', policy)
    await admin.remove('/services', service)
  })

  it('names who grants a permission more of a service that the spec has, beside what apply mends', async () => {
    const person = await arrive()
    const admin = world.overlay.admin()
    const { id: policy } = await admin.create('/service-policies', {
      name: 'foreign.bind',
      type: 'Bind',
      semantic: 'AnyOf',
      serviceRoles: [`@${await idOf('/services', 'kubeB.reflect.svc')}`],
      identityRoles: [`@${await idOf('/identities', 'dev.client')}`],
    })
    const { result, detail, hint } = find(await checksOf(person, 7), 'services/dev.client')
    assert.equal(result, 'fail')
    assert.match(detail, /^different: kubeB\.reflect\.svc has permissions Bind, Dial instead of Dial /)
    assert.match(
      hint ?? '',
      /^mend with: zprom apply; .*; beyond the spec: granted by service-policy\/foreign\.bind: not made by zprom; narrow it$/,
    )
    await admin.remove('/service-policies', policy)
  })

  it('refuses what would prove nothing: --expect without a Prometheus, --wait without --dial', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: idle\nclusters:\n  - {name: idle, prometheus: dark}\n')
    assertEnded(
      await person.run(['verify', '--expect', 'up > 0']),
      2,
      /--expect: no Prometheus is asked/,
      /--prometheus all/,
    )
    assertEnded(await person.run(['verify', '--wait', '5s']), 2, /--wait: nothing is dialled/, /--dial/)
  })

  it('writes the checks as JUnit XML and as Markdown, also when one fails', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: files\nclusters:\n  - {name: files, prometheus: dark}\n')
    const files = ['--junit', 'out.xml', '--markdown', 'out.md']
    assertEnded(await person.run(['verify', ...files]), 7)
    assert.match(await person.read('out.xml'), /<testsuite name="plan" tests="1" failures="1" skipped="0">/)
    assert.match(await person.read('out.md'), /^\*\*Verify: \d+ passed, \d+ warned, \d+ failed/)
    // One that can't be written hides nothing: the checks are told all the same, and the other file is made.
    await person.write('afile', '')
    const ran = await person.run(['verify', '--junit', 'afile/x', '--markdown', 'other.md'])
    assertEnded(ran, 7, /afile.*ENOTDIR.*--junit/)
    assert.match(ran.stdout, / FAIL .*\n(?:.*\n)*Verify: /)
    assert.match(await person.read('other.md'), /^\*\*Verify: /)
    const neither = await person.run(['verify', '--junit', 'afile/x', '--markdown', 'afile/y'])
    assertEnded(neither, 7, /afile.x: .*--junit/, /afile.y: .*--markdown/)
  })
})
