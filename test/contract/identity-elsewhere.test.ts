import assert from 'node:assert/strict'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { observe } from '../../src/controller/index.js'
import { fetchView } from '../../src/flows/verify.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'
import { depsOf, timeoutMs } from '../support/world-run.js'

// The file names the controller that it was made at, which is not always the one that is asked about.
describe('an identity file of another enrolment', () => {
  let elsewhere: TestOverlay
  let world: World
  let other: World
  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs a second controller')
    elsewhere = await freshOverlay({ noRouter: true })
  })
  beforeEach(async () => {
    world = await newWorld()
    other = await newWorld(elsewhere)
  })
  afterEach(async () => {
    await world?.end()
    await other?.end()
  })
  after(() => elsewhere?.stop())

  const name = 'dev'
  const specOf = (word: string) => ({
    clusters: [{ name: word, prometheus: 'dark' as const }],
    developers: [{ name: `${name}.${word}`, enroll: true }],
  })
  const viewOf = async () => {
    const topology = world.topologyOf(specOf(world.word))
    const deps = depsOf(world.overlay, world.admin, {})
    const inputs = { topology, outDir: world.outDir, reEnroll: new Set<string>(), shown: (path: string) => path }
    return fetchView(`${name}.${world.word}`, inputs, await observe(world.admin), { timeoutMs }, deps)
  }
  const fileOf = ({ outDir }: World, word: string) => join(outDir, `developers/${name}.${word}.json`)

  it("does not speak for the identity: it is the administrator's view of the controller that was selected", async () => {
    await world.converge(specOf(world.word))
    assert.equal((await viewOf()).by, 'identity')
    // The same name at the other controller, where it may reach nothing.
    await other.converge({ developers: [{ name: `${name}.${world.word}`, enroll: true }] })
    await copyFile(fileOf(other, world.word), fileOf(world, world.word))
    const { services, ...who } = await viewOf()
    assert.deepEqual(who, { by: 'administrator', why: 'the identity file here is of another enrolment' })
    assert.equal(services.length, 3)
    const results = await world.verify(specOf(world.word)).catch(error => error.results)
    const found = (id: string) => results.find((result: { id: string }) => result.id === `${id}/${name}.${world.word}`)
    assert.equal(
      found('services').detail,
      "3 of 3, by the administrator's view: the identity file here is of another enrolment",
    )
    assert.equal(found('enrolled').result, 'fail')
  })

  it('is not used either where the controller knows no certificate of the identity', async () => {
    await world.converge(specOf(world.word))
    const file = await readFile(fileOf(world, world.word), 'utf8')
    const id = (await world.find('identity', `${name}.${world.word}`))?.id
    await world.admin.remove('/identities', id ?? assert.fail())
    await world.admin.create('/identities', { name: `${name}.${world.word}`, type: 'User', isAdmin: false })
    await writeFile(fileOf(world, world.word), file)
    const { services, ...who } = await viewOf()
    assert.deepEqual(who, { by: 'administrator', why: 'the controller has no certificate of it' })
    assert.deepEqual(services, [])
  })
})
