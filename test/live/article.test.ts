import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { observe } from '../../src/controller/index.js'
import type { Observed } from '../../src/model/entity.js'
import { addressOf } from '../../src/model/entity.js'
import { newPerson, type Person } from '../support/cli.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'

// The main job, as a person does it, on an empty real controller: two commands for two clusters, one for a developer.
describe('the article, on an empty controller', () => {
  let overlay: TestOverlay
  let person: Person

  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    overlay = await freshOverlay()
    person = await newPerson(overlay)
  })

  after(async () => {
    await person?.leave()
    await overlay?.stop()
  })

  it('builds kubeA with one command', async () => {
    const stdout = await person.ok(['init', 'cluster', 'kubeA', '--prometheus', 'tunneled', '--yes'])
    assert.match(stdout, /Done: 16 created, 0 changed, 2 enrolled, 1 token saved/)
  })

  it('builds kubeB with one command', async () => {
    const stdout = await person.ok(['init', 'cluster', 'kubeB', '--prometheus', 'dark', '--yes'])
    assert.match(stdout, /Done: 14 created, 0 changed, 2 enrolled, 0 tokens saved, 16 unchanged/)
  })

  it('gives dev.client the six services of the article, with their intercepts', async () => {
    const { services } = JSON.parse(await person.ok(['dev-identity', 'dev.client', '--enroll', '--yes', '--json']))
    const expected = await readArticle('expected-services')
    assert.deepEqual(
      new Set(
        services.map((one: { service: string; intercepts: string[] }) => `${one.service} ${one.intercepts.join(' ')}`),
      ),
      new Set(
        expected.services.map((one: { service: string; intercept: string }) => `${one.service} ${one.intercept}`),
      ),
    )
  })

  it('has made exactly the entities of the article, name for name and field for field', async () => {
    const controller = overlay.admin()
    const { entities } = await observe(controller)
    const ours = [...entities.values()].filter(({ owner }) => owner !== undefined)
    const { entities: reference } = await readArticle('overlay')
    // The local Prometheus is the article's last part; nothing of this spec asks for it.
    const wanted = reference.filter(({ part }: { part: string }) => !part.startsWith('local'))
    assert.equal(ours.length, 31)
    assert.deepEqual(byAddress(ours.map(reduceObserved)), byAddress(wanted.map(reduceReference)))
  })

  it('proves it: verify passes, and dev.client is asked itself', async () => {
    const { checks } = JSON.parse(await person.ok(['verify', '--json']))
    const failed = checks.filter(({ result }: { result: string }) => result === 'fail')
    assert.deepEqual(failed, [])
    const developer = checks.find(({ id }: { id: string }) => id === 'services/dev.client')
    assert.deepEqual(
      { result: developer.result, detail: developer.detail },
      { result: 'pass', detail: '6 of 6, as the controller tells the identity itself' },
    )
  })

  it('writes nothing when it runs again', async () => {
    const { report } = JSON.parse(await person.ok(['apply', '--yes', '--json']))
    assert.deepEqual({ outcomes: report.outcomes, unchanged: report.unchanged }, { outcomes: [], unchanged: 31 })
    assert.ok(report.requests <= 8, `${report.requests} requests`)
  })
})

async function readArticle(name: string) {
  return JSON.parse(await readFile(new URL(`../support/article/${name}.json`, import.meta.url), 'utf8'))
}

type Reduced = { kind: string; name: string }

function byAddress(entities: Reduced[]): Record<string, Reduced> {
  return Object.fromEntries(entities.map(entity => [`${entity.kind}/${entity.name}`, entity]).sort())
}

// The reference says what the article says: roles, configs, data. The rest are defaults, checked for being just those.
function reduceObserved(entity: Observed): Reduced {
  const { kind, name } = entity
  switch (entity.kind) {
    case 'identity':
      assert.equal(entity.fields.isAdmin, false)
      return { kind, name, ...sorted({ roleAttributes: entity.fields.roleAttributes }) }
    case 'config':
      return { kind, name, ...entity.fields }
    case 'service':
      assert.equal(entity.fields.encryptionRequired, true)
      return { kind, name, ...sorted({ configs: entity.fields.configs, roleAttributes: entity.fields.roleAttributes }) }
    case 'service-policy': {
      const { type, semantic, serviceRoles, identityRoles, postureCheckRoles } = entity.fields
      assert.deepEqual({ semantic, postureCheckRoles }, { semantic: 'AnyOf', postureCheckRoles: [] })
      return { kind, name, type, ...sorted({ serviceRoles, identityRoles }) } as Reduced
    }
    default:
      throw new Error(`${addressOf(entity)} is no entity of the article`)
  }
}

function reduceReference({ part: _part, enrolledBy: _enrolledBy, ...entity }: Record<string, unknown>): Reduced {
  return sorted(entity) as Reduced
}

// Roles, attributes and configs are sets.
function sorted(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [key, Array.isArray(value) ? [...value].sort() : value]),
  )
}
