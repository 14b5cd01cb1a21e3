import assert from 'node:assert/strict'
import { kindOf } from '../../src/kinds/index.js'
import type { EntityKind } from '../../src/model/entity.js'
import { useWorld } from '../support/cli-world.js'

// Names that somebody else on the network chose: they move the cursor, set a title, forge lines, end a code fence, turn the
// reading, and order GitHub's runner about.
const names = {
  identity: 'bad\u001b[31mred\nPlan: 0 to create, 0 to delete.\n```\n::add-mask::x\u0000',
  service: '::error::evil\u001b]0;title\u0007\r\n```\n| forged |\n##[group]\u202Ereversed\u2028line',
}
const spec = 'stack: names\nclusters:\n  - {name: names, prometheus: dark}\ndevelopers: [{name: names.dev}]\n'

describe('names that others chose', function () {
  this.timeout(60_000)
  const world = useWorld()
  const create = async (kind: EntityKind, body: object) => world.overlay.admin().create(kindOf(kind).path, { ...body })

  // They reach what the spec makes, and are reached from there.
  before(async () => {
    await create('identity', {
      ...{ name: names.identity, type: 'Device', isAdmin: false, enrollment: { ott: true } },
      roleAttributes: ['prometheus-clients', 'bad\nattribute'],
    })
    await create('service', {
      ...{ name: names.service, encryptionRequired: true, configs: [], roleAttributes: ['reflect-services'] },
    })
    await create('service-policy', {
      ...{ name: `policy\n${names.service}`, type: 'Dial', semantic: 'AnyOf' },
      ...{ identityRoles: ['#all'], serviceRoles: ['#all'] },
    })
  })

  // What is printed is lines of zprom's own, and nothing but text.
  const assertHarmless = (said: string) => {
    assert.doesNotMatch(said, /[^\n\P{Cc}]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
    assert.doesNotMatch(said, /^\s*(::|```|\| forged)|^Plan: 0 to create, 0|##\[/m)
  }

  it('are text in the plan, in what is imported, and in the checks and their files', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    const plan = await person.run(['plan'])
    assertHarmless(plan.stdout + plan.stderr)
    assert.match(plan.stdout, /bad\\u001b\[31mred\\u000aPlan: 0 to create, 0 to delete\.\\u000a/)

    const found = await person.run(['import', '--stack', 'other', '--dry-run'])
    assertHarmless(found.stdout + found.stderr)
    assert.match(found.stderr, /evil\\u001b\]0;title\\u0007\\u000d\\u000a/)

    const applied = await person.run(['apply', '--yes'])
    assertHarmless(applied.stdout + applied.stderr)
    const verified = await person.run(['verify', '--full', '--markdown', 'out.md', '--junit', 'out.xml'])
    assertHarmless(verified.stdout + verified.stderr)
    const markdown = await person.read('out.md')
    assert.match(markdown, /evil/)
    assertHarmless(markdown)
    assert.doesNotMatch(await person.read('out.xml'), /[^\n\P{Cc}]|^(::|```|\| forged)/mu)
  })
})
