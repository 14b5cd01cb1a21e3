import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VerifyError } from '../../src/errors.js'
import type { CheckResult } from '../../src/model/check.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf } from '../support/world-checks.js'
import { countCertificates, developer, readIdentity } from './enroll-world.js'

describe('a file of the output folder that is damaged', () => {
  let world: World
  let dev: ReturnType<typeof developer>
  beforeEach(async () => {
    world = await newWorld()
    dev = developer(world, true)
  })
  afterEach(() => world?.end())

  const noticeOf = async () =>
    (await world.preview(dev.spec)).plan.notices.find(({ address }) => address === dev.address)

  for (const [what, damage] of [
    ['is no JSON', (file: string) => writeFile(file, '{')],
    ['is empty', (file: string) => writeFile(file, '')],
    [
      'is a folder',
      async (file: string) => {
        await rm(file)
        await mkdir(file)
      },
    ],
  ] as const) {
    it(`is a notice with the remedy when an identity file ${what}, and --re-enroll replaces it and keeps it aside`, async () => {
      await world.converge(dev.spec)
      const { file, old } = dev.paths()
      await damage(file)
      const { reason = '', hint = '' } = (await noticeOf()) ?? {}
      assert.match(reason, /its identity file here can't be used: .*developers\/dev\./)
      assert.match(hint, new RegExp(`zprom apply --re-enroll ${dev.name}$`))
      assertEmpty((await world.converge(dev.spec)).plan)
      await world.converge(dev.spec, { reEnroll: [dev.name] })
      assert.ok(existsSync(old))
      await readIdentity(file)
      assert.equal(await countCertificates(world, dev.name), 1)
      assert.equal(await noticeOf(), undefined)
    })
  }

  // Links in a circle stand for missing rights, of which there are none for root.
  it('is to be made readable when it only cannot be read: nobody is told to give its certificate up', async () => {
    await world.converge(dev.spec)
    const { file } = dev.paths()
    const kept = `${file}.kept`
    await rename(file, kept)
    await symlink(file, file)
    const { reason = '', hint = '' } = (await noticeOf()) ?? {}
    assert.match(reason, /its identity file here can't be used: .*ELOOP/)
    assert.match(hint, /^mend its rights/)
    const error = await failureOf(world.verify(dev.spec))
    assert.ok(error instanceof VerifyError)
    const check = (error.results as CheckResult[]).find(({ id }) => id === `enrolled/${dev.name}`)
    assert.match(check?.hint ?? '', /^mend its rights/)
    await rename(kept, file)
    assert.equal(await noticeOf(), undefined)
  })

  it('fails the one check that is about it, and the others are made all the same', async () => {
    await world.converge(dev.spec)
    await writeFile(dev.paths().file, '{')
    const error = await failureOf(world.verify(dev.spec))
    assert.ok(error instanceof VerifyError)
    const results = error.results as CheckResult[]
    const failed = results.filter(({ result }) => result === 'fail')
    assert.deepEqual(
      failed.map(({ id }) => id),
      [`enrolled/${dev.name}`],
    )
    assert.match(failed[0]?.hint ?? '', /--re-enroll/)
    const view = results.find(({ id }) => id === `services/${dev.name}`)
    assert.match(view?.detail ?? '', /by the administrator's view: its identity file can't be used/)
  })

  for (const [what, text] of [
    ['empty', ''],
    ['garbage', 'no key at all'],
  ] as const) {
    it(`is replaced when it is a key that is ${what} and nothing is enrolled yet; it is kept aside and named`, async () => {
      const { file, key } = dev.paths()
      await mkdir(dirname(key), { recursive: true })
      await writeFile(key, text)
      const { plan } = await world.converge(dev.spec)
      assert.match(plan.enrollments[0]?.reason ?? '', /a new key, for developers\/.*\.key holds no private key in PEM/)
      await readIdentity(file)
      assert.equal(await readFile(`${key}.old`, 'utf8'), text)
      assert.ok(!existsSync(key))
    })
  }

  it('is a notice when it is the key of an identity that is enrolled, and --re-enroll makes another', async () => {
    await world.converge(dev.spec)
    const { file, key } = dev.paths()
    await rm(file)
    await writeFile(key, 'no key at all')
    const { reason = '', hint = '' } = (await noticeOf()) ?? {}
    assert.match(reason, /the key that waits here can't be used: developers\/.*\.key holds no private key/)
    assert.match(hint, /--re-enroll/)
    await world.converge(dev.spec, { reEnroll: [dev.name] })
    await readIdentity(file)
    assert.equal(await noticeOf(), undefined)
  })
})

describe('what is kept aside', () => {
  let world: World
  beforeEach(async () => {
    world = await newWorld()
  })
  afterEach(() => world?.end())

  it('is numbered, so that enrolling again and again loses no file, and git sees none of them', async () => {
    const dev = developer(world, true)
    await world.converge(dev.spec)
    const { file, old } = dev.paths()
    const texts: string[] = []
    for (let round = 0; round < 3; round += 1) {
      texts.push(await readFile(file, 'utf8'))
      await world.converge(dev.spec, { reEnroll: [dev.name] })
    }
    const kept = await Promise.all([old, `${old}.1`, `${old}.2`].map(path => readFile(path, 'utf8')))
    assert.deepEqual(kept, texts)
    assert.equal((await readdir(dirname(file))).length, 4)
    const ignored = (await readFile(`${world.outDir}/.gitignore`, 'utf8')).split('\n')
    assert.ok(ignored.includes('*.old') && ignored.includes('*.old.*'))
  })

  it("leaves a person's .gitignore as it is, and warns once of what it lacks", async () => {
    const dev = developer(world, false)
    const warnings: string[] = []
    const listener = (event: { type: string; text?: string }) => {
      if (event.type === 'warning') warnings.push(event.text ?? '')
    }
    await writeFile(`${world.outDir}/.gitignore`, 'node_modules\n*.old\n')
    await world.converge(dev.spec, { listener })
    assert.equal(await readFile(`${world.outDir}/.gitignore`, 'utf8'), 'node_modules\n*.old\n')
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /\.gitignore does not keep all secrets out of git: add \*\.jwt \*\.id\.json /)
    await writeFile(`${world.outDir}/.gitignore`, '*\n')
    await world.converge(dev.spec, { listener, reEnroll: [dev.name] })
    assert.equal(warnings.length, 1)
  })
})
