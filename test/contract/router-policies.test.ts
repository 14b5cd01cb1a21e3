import assert from 'node:assert/strict'
import { VerifyError } from '../../src/errors.js'
import { asRaw, text } from '../../src/kinds/index.js'
import type { CheckResult } from '../../src/model/check.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf } from '../support/world-checks.js'

describe('a network without router policies, as a fresh production controller is', () => {
  let overlay: TestOverlay | undefined
  let world: World

  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs a controller of its own')
    overlay = await freshOverlay()
    world = await newWorld(overlay)
    for (const path of ['/edge-router-policies', '/service-edge-router-policies']) {
      const own = (await world.admin.list(path)).map(row => asRaw(row, path)).filter(row => row.isSystem !== true)
      assert.equal(own.length, 1, 'the quickstart makes one of each')
      for (const row of own) await world.admin.remove(path, text(row, 'id', path))
    }
  })
  after(async () => {
    await world?.end()
    await overlay?.stop()
  })

  const spec = (overlay: SpecInput['overlay'] = {}): SpecInput => ({
    overlay,
    clusters: [{ name: world.word, prometheus: 'tunneled' }],
    developers: [{ name: `dev.${world.word}`, enroll: true }],
  })
  const routersOf = (results: readonly CheckResult[]) => results.find(({ id }) => id === `routers/dev.${world.word}`)

  it('is recognised: the plan says that nothing can be dialled, and how to let zprom own the two policies', async () => {
    const { plan } = await world.converge(spec())
    const notice = plan.notices.find(({ address }) => address === 'edge-router-policy/*')
    assert.match(notice?.reason ?? '', /this network has no edge-router-policy, so nothing can be dialled/)
    assert.match(notice?.hint ?? '', /--own-router-policies/)
  })

  it('fails the verification: no identity has a router in common with its services', async () => {
    const error = await failureOf(world.verify(spec()))
    assert.ok(error instanceof VerifyError)
    const check = routersOf(error.results)
    assert.equal(check?.result, 'fail')
    assert.match(check?.detail ?? '', new RegExp(`no common edge router for .*${world.word}.reflect.svc`))
    assert.match(check?.hint ?? '', /let zprom own both with "overlay: \{routerPolicies: own\}"/)
  })

  it('still lacks one when only the other is there', async () => {
    const body = {
      name: `${world.word}.by-hand`,
      semantic: 'AnyOf',
      edgeRouterRoles: ['#all'],
      identityRoles: ['#all'],
    }
    const { id } = await world.admin.create('/edge-router-policies', body)
    const { plan } = await world.preview(spec())
    assert.ok(plan.notices.some(({ address }) => address === 'service-edge-router-policy/*'))
    assert.equal(
      routersOf(((await failureOf(world.verify(spec()))) as VerifyError<CheckResult[]>).results)?.result,
      'fail',
    )
    await world.admin.remove('/edge-router-policies', id)
  })

  it('fails the verification until both are made, where the spec has zprom own them', async () => {
    const error = await failureOf(world.verify(spec({ routerPolicies: 'own' })))
    assert.ok(error instanceof VerifyError)
    assert.match(routersOf(error.results)?.hint ?? '', /^make the two router policies with: zprom apply/)
  })

  it('gets both with "routerPolicies: own", and the verification passes over the router that is online', async () => {
    const { plan } = await world.converge(spec({ routerPolicies: 'own' }))
    assert.deepEqual(
      plan.steps.map(({ change }) => change.address),
      [
        `edge-router-policy/${world.word}.edge-routers`,
        `service-edge-router-policy/${world.word}.service-edge-routers`,
      ],
    )
    assert.deepEqual(plan.notices, [])
    assertEmpty((await world.preview(spec({ routerPolicies: 'own' }))).plan)
    const routers = (await world.admin.list('/edge-routers')).map(row => text(asRaw(row, 'router'), 'name', 'router'))
    const check = routersOf(await world.verify(spec({ routerPolicies: 'own' })))
    assert.deepEqual([check?.result, check?.detail], ['pass', routers.join(', ')])
  })

  it('fails the verification when the policies name routers that are not there', async () => {
    const elsewhere = spec({ routerPolicies: 'own', routers: ['#elsewhere'] })
    await world.converge(elsewhere)
    const error = await failureOf(world.verify(elsewhere))
    assert.ok(error instanceof VerifyError)
    assert.equal(routersOf(error.results)?.result, 'fail')
    assert.match(routersOf(error.results)?.hint ?? '', /reach no edge router: .*"overlay: \{routers: \[…\]\}"/)
  })

  it('fails the verification for want of an edge router where there is none, whoever owns the policies', async () => {
    for (const row of await world.admin.list('/edge-routers'))
      await world.admin.remove('/edge-routers', text(asRaw(row, 'router'), 'id', 'router'))
    const error = await failureOf(world.verify(spec({ routerPolicies: 'own' })))
    assert.ok(error instanceof VerifyError)
    assert.match(routersOf(error.results)?.hint ?? '', /^the network has no edge router/)
  })
})
