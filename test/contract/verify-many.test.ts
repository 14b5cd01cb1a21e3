import assert from 'node:assert/strict'
import type { CheckResult } from '../../src/model/check.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { newWorld, type World } from '../support/world.js'
import type { RunOptions } from '../support/world-run.js'

describe('many identities that should see the same services', function () {
  this.timeout(120_000)
  let world: World
  before(async () => {
    world = await newWorld()
    await world.converge(spec())
  })
  after(() => world?.end())

  const names = Array.from({ length: 12 }, (_, at) => `n${String(at).padStart(2, '0')}`)
  const spec = (): SpecInput => ({
    overlay: { routerPolicies: 'own' },
    clusters: names.map(name => ({ name: `${world.word}${name}`, prometheus: 'dark' as const })),
  })
  const prometheusOf = (name = '') => `${world.word}${name}.prometheus.id`
  const checksOf = async (identities: readonly string[], options: RunOptions = {}): Promise<CheckResult[]> => {
    const checks = await world.verify(spec(), options).catch(error => error.results as CheckResult[])
    return identities.map(identity => checks.find(({ id }) => id === `services/${identity}`) ?? assert.fail(identity))
  }

  it('are compared, ten of them, and the others counted, all as themselves', async () => {
    const checks = await checksOf(names.map(prometheusOf))
    assert.deepEqual([...new Set(checks.map(({ result }) => result))], ['pass'])
    const counted = `36 of 36, as the controller counts them for the identity itself; ${prometheusOf('n00')} and others like it are compared`
    const compared = '36 of 36, as the controller tells the identity itself'
    assert.deepEqual(
      checks.map(({ detail }) => detail),
      names.map((_, at) => (at < 10 ? compared : counted)),
    )
  })

  it('are compared one and all when asked to', async () => {
    const checks = await checksOf(names.map(prometheusOf), { full: true })
    const compared = '36 of 36, as the controller tells the identity itself'
    assert.deepEqual([...new Set(checks.map(({ detail }) => detail))], [compared])
  })

  it('are compared in full when the count differs from that of the others', async () => {
    await world.change('identity', prometheusOf('n11'), { roleAttributes: ['reflectz-clients'] })
    const [check] = await checksOf([prometheusOf('n11')])
    await world.converge(spec())
    assert.equal(check?.result, 'fail')
    assert.match(check?.detail ?? '', /^missing: .*prometheus\.svc.*as the controller tells the identity itself/)
  })

  it('are compared in full when one may not host what it should', async () => {
    await world.change('service-policy', `${world.word}n11.prometheus.svc.bind`, { identityRoles: [] })
    const [check] = await checksOf([prometheusOf('n11')])
    await world.converge(spec())
    assert.equal(
      check?.detail,
      `different: ${world.word}n11.prometheus.svc has permissions Dial instead of Bind, Dial (as the controller tells the identity itself)`,
    )
  })

  it('fail by their count alone when it differs for all of them: one of those compared says what it is', async () => {
    const policy = await world.find('service-policy', `${world.word}n05.prometheus.svc.dial`)
    await world.admin.remove('/service-policies', policy?.id ?? '')
    const [compared, counted] = await checksOf([prometheusOf('n00'), prometheusOf('n11')])
    await world.converge(spec())
    assert.equal(
      compared?.detail,
      `missing: ${world.word}n05.prometheus.svc (as the controller tells the identity itself)`,
    )
    assert.deepEqual(
      [counted?.result, counted?.detail],
      [
        'fail',
        `35 of 36, as the controller counts them for the identity itself; as many as ${prometheusOf('n00')} sees`,
      ],
    )
    assert.match(counted?.hint ?? '', /zprom verify --as /)
  })
})
