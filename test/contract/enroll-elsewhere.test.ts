import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFiles } from '../../src/cli/files.js'
import { makeKey } from '../../src/enroll/index.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty } from '../support/world-checks.js'
import { countCertificates, developer, enrollmentOf, modeOf, readIdentity } from './enroll-world.js'

describe('an identity that is enrolled elsewhere', () => {
  let world: World
  let elsewhere: string
  let dev: ReturnType<typeof developer>
  beforeEach(async () => {
    world = await newWorld()
    elsewhere = await mkdtemp(join(tmpdir(), 'zprom-elsewhere-'))
    dev = developer(world, true)
    await world.converge(dev.spec, { outDir: elsewhere })
  })
  afterEach(async () => {
    await rm(elsewhere, { recursive: true, force: true })
    await world?.end()
  })

  it('is a notice that says what can be done; nothing is taken over, and no file is written', async () => {
    const before = await enrollmentOf(world, dev.name)
    const { plan, report } = await world.converge(dev.spec)
    assertEmpty(plan)
    const notice = plan.notices.find(({ address }) => address === dev.address)
    assert.match(notice?.reason ?? '', /enrolled elsewhere: .* no identity file of it is here \(developers\//)
    assert.match(notice?.hint ?? '', new RegExp(`copy the identity file here, or .* --re-enroll ${dev.name}`))
    assert.deepEqual(report.outcomes, [])
    assert.deepEqual(await enrollmentOf(world, dev.name), before)
    assert.deepEqual(await readdir(world.outDir), [])
  })

  it('is taken over when asked to: enrolled again here, and the file elsewhere is named as the old one', async () => {
    const id = (await world.find('identity', dev.name))?.id
    const { plan } = await world.converge(dev.spec, { reEnroll: [dev.name] })
    assert.deepEqual(
      plan.enrollments.map(({ token }) => token),
      ['re-enroll'],
    )
    assert.equal((await world.find('identity', dev.name))?.id, id)
    assert.equal(await countCertificates(world, dev.name), 1)
    assertEmpty((await world.preview(dev.spec)).plan)
    assert.deepEqual(
      (await world.preview(dev.spec)).plan.notices.filter(({ address }) => address === dev.address),
      [],
    )
    const there = await readFile(dev.paths(elsewhere).file, 'utf8')
    const other = await world.preview(dev.spec, { outDir: elsewhere })
    assert.match(
      other.plan.notices.map(({ reason }) => reason).join(),
      /enrolled elsewhere: .* the file here is of another enrolment/,
    )
    assert.equal(await readFile(dev.paths(elsewhere).file, 'utf8'), there)
  })

  it('is enrolled again in its own place when asked to, and the file before is kept as .old', async () => {
    const { file, old } = dev.paths(elsewhere)
    const before = await readFile(file, 'utf8')
    await world.converge(dev.spec, { outDir: elsewhere, reEnroll: [dev.name] })
    assert.equal(await readFile(old, 'utf8'), before)
    assert.notEqual(await readFile(file, 'utf8'), before)
    assertEmpty((await world.preview(dev.spec, { outDir: elsewhere })).plan)
  })

  it('is named when its file was kept aside here; a new identity says so of a file that is in its place', async () => {
    const { file } = dev.paths(elsewhere)
    const outDir = elsewhere
    const noticesOf = async () => (await world.preview(dev.spec, { outDir })).plan.notices
    await rename(file, `${file}.old.1`)
    await writeFile(`${file}.old`, '{')
    const [notice] = await noticesOf()
    assert.match(notice?.reason ?? '', /kept aside as developers\/.*\.json\.old\.1; here is none/)
    assert.match(notice?.hint ?? '', /^rename \S+\.json\.old\.1 to \S+\.json; .*"output:"/)
    await copyFile(`${file}.old.1`, file)
    assert.deepEqual(await noticesOf(), [])
    // As where another network is meant, which knows nothing of it.
    await world.admin.remove('/identities', (await world.find('identity', dev.name))?.id ?? '')
    const { plan } = await world.preview(dev.spec, { outDir })
    assert.match(
      plan.enrollments[0]?.reason ?? '',
      /^new identity; the file here is of another enrolment, and is kept as \.old/,
    )
  })

  it('is not taken over by a key that waits here but was made for something else', async () => {
    const { key } = dev.paths()

    const stranger = await makeKey('ec-p256')
    await nodeFiles.keepSecret(key, stranger)
    const { plan } = await world.converge(dev.spec)
    assertEmpty(plan)
    assert.equal(plan.notices.filter(({ address }) => address === dev.address).length, 1)
    assert.equal(await readFile(key, 'utf8'), stranger)
  })

  it('is new when it was deleted and made again: enrolled in its place, and the stale file is kept as .old', async () => {
    const { file, old, key } = dev.paths(elsewhere)
    const stale = await readFile(file, 'utf8')
    const before = await world.find('identity', dev.name)
    await world.admin.remove('/identities', String(before?.id))
    await world.converge(dev.spec, { outDir: elsewhere })
    assert.notEqual((await world.find('identity', dev.name))?.id, before?.id)
    assert.equal(await readFile(old, 'utf8'), stale)
    assert.equal(await modeOf(old), '600')
    assert.ok(!existsSync(key))
    assert.notEqual((await readIdentity(file)).keyPem, (await readIdentity(old)).keyPem)
    assertEmpty((await world.preview(dev.spec, { outDir: elsewhere })).plan)
  })
})
