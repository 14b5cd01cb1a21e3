import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readToken } from '../../src/enroll/index.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, reportOf, resultsOf, until } from '../support/world-checks.js'
import { countCertificates, developer, enrollmentOf, modeOf, readIdentity } from './enroll-world.js'

describe('the token of an enrolment', () => {
  let world: World
  let proxy: FaultProxy
  beforeEach(async () => {
    world = await newWorld()
    proxy = await startProxy(world.overlay)
  })
  afterEach(async () => {
    await proxy?.close()
    await world?.end()
  })

  // Gives an open enrollment one more second, and waits until it is over.
  async function letExpire(name: string): Promise<string> {
    const ott = (await enrollmentOf(world, name))?.ott
    const expiresAt = new Date(Date.now() + 1_000).toISOString()
    await world.admin.post(`/enrollments/${ott?.id}/refresh`, { expiresAt })
    const now = (await enrollmentOf(world, name))?.ott
    assert.ok(now !== undefined)
    await until('the token is out of date', () => Date.now() > Date.parse(now.expiresAt))
    return now.jwt
  }

  const tokensOf = (enrollments: readonly { token: string; reason: string }[]) =>
    enrollments.map(({ token, reason }) => [token, reason])

  describe('that its holder is to spend', () => {
    let dev: ReturnType<typeof developer>
    beforeEach(async () => {
      dev = developer(world, false)
      await world.converge(dev.spec)
    })

    it('is saved for its owner only, as the controller gave it', async () => {
      assert.equal(await readFile(dev.paths().token, 'utf8'), (await enrollmentOf(world, dev.name))?.ott?.jwt)
      assert.equal(await modeOf(dev.paths().token), '600')
    })

    it('is left alone while it is good: the next run does not touch the file', async () => {
      const before = await stat(dev.paths().token)
      const { report } = await world.converge(dev.spec)
      assert.deepEqual(report.outcomes, [])
      const after = await stat(dev.paths().token)
      assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs])
    })

    it('is saved again when the file is gone or another', async () => {
      for (const text of ['', 'not.a.token']) {
        await writeFile(dev.paths().token, text)
        await world.converge(dev.spec)
        assert.equal(await readFile(dev.paths().token, 'utf8'), (await enrollmentOf(world, dev.name))?.ott?.jwt)
        assertEmpty((await world.preview(dev.spec)).plan)
      }
    })

    it('is refreshed and saved anew when it is out of date', async () => {
      const stale = await letExpire(dev.name)
      const { plan } = await world.converge(dev.spec)
      assert.deepEqual(tokensOf(plan.enrollments), [['refresh', 'its token is out of date']])
      const saved = await readFile(dev.paths().token, 'utf8')
      assert.notEqual(saved, stale)
      assert.ok(readToken(saved).expiresAtMs > Date.now() + 3_600_000)
      assertEmpty((await world.preview(dev.spec)).plan)
    })

    it('is replaced when another is asked for, so that the one before is worth nothing', async () => {
      const before = await readFile(dev.paths().token, 'utf8')
      const { plan } = await world.converge(dev.spec, { reEnroll: [dev.name] })
      assert.deepEqual(tokensOf(plan.enrollments), [['replace', 'a new token because asked']])
      const after = await readFile(dev.paths().token, 'utf8')
      assert.notEqual(readToken(after).tokenId, readToken(before).tokenId)
      assert.equal(after, (await enrollmentOf(world, dev.name))?.ott?.jwt)
      assertEmpty((await world.preview(dev.spec)).plan)
    })

    it('is replaced, not refreshed, when another is asked for and it is out of date', async () => {
      const before = readToken(await letExpire(dev.name)).tokenId
      await world.converge(dev.spec, { reEnroll: [dev.name] })
      assert.notEqual(readToken(await readFile(dev.paths().token, 'utf8')).tokenId, before)
    })

    it('is not replaced when it was spent since the plan was made, which is said; then the certificate is given up', async () => {
      const elsewhere = await mkdtemp(join(tmpdir(), 'zprom-elsewhere-'))
      try {
        const spend = async () => {
          await world.converge({ developers: [{ name: dev.name, enroll: true }] }, { outDir: elsewhere })
          return true
        }
        const error = await failureOf(world.converge(dev.spec, { reEnroll: [dev.name], confirm: spend }))
        const [outcome] = reportOf(error).outcomes
        assert.match(outcome?.detail ?? '', /its token was spent since the plan was made/)
        assert.match(outcome?.hint ?? '', new RegExp(`zprom apply --re-enroll ${dev.name}$`))
        const spent = await enrollmentOf(world, dev.name)
        assert.deepEqual([spent?.ott, spent?.certificate === undefined], [undefined, false])
        await world.converge(dev.spec, { reEnroll: [dev.name] })
        const after = await enrollmentOf(world, dev.name)
        assert.equal(after?.certificate, undefined)
        assert.equal(await readFile(dev.paths().token, 'utf8'), after?.ott?.jwt)
      } finally {
        await rm(elsewhere, { recursive: true, force: true })
      }
    })

    it('is issued anew when the enrollment was deleted', async () => {
      await world.admin.remove('/enrollments', String((await enrollmentOf(world, dev.name))?.ott?.id))
      const { plan } = await world.converge(dev.spec)
      assert.deepEqual(tokensOf(plan.enrollments), [['issue', 'not enrolled, and no enrollment is open']])
      assert.equal(await readFile(dev.paths().token, 'utf8'), (await enrollmentOf(world, dev.name))?.ott?.jwt)
    })

    it('is not asked for again once it was spent', async () => {
      await world.converge(developer(world, true).spec)
      assertEmpty((await world.preview(dev.spec)).plan)
    })
  })

  describe('that zprom spends', () => {
    let dev: ReturnType<typeof developer>
    beforeEach(async () => {
      dev = developer(world, true)
      await world.converge(dev.entityOnly)
    })

    it('is refreshed first when it is out of date', async () => {
      await letExpire(dev.name)
      const { plan } = await world.converge(dev.spec)
      assert.deepEqual(tokensOf(plan.enrollments), [['refresh', 'not enrolled, and its token is out of date']])
      assert.equal(await countCertificates(world, dev.name), 1)
      assertEmpty((await world.preview(dev.spec)).plan)
    })

    it('is issued when none is open', async () => {
      await world.admin.remove('/enrollments', String((await enrollmentOf(world, dev.name))?.ott?.id))
      await world.converge(dev.spec)
      assert.equal(await countCertificates(world, dev.name), 1)
      assertEmpty((await world.preview(dev.spec)).plan)
    })

    for (const [what, prepare, path] of [
      ['a refresh', letExpire, '/refresh'],
      [
        'an issue',
        async (name: string) => world.admin.remove('/enrollments', String((await enrollmentOf(world, name))?.ott?.id)),
        '/enrollments',
      ],
    ] as const) {
      it(`is found by the next run when the answer to ${what} was lost`, async () => {
        await prepare(dev.name)
        proxy.on('POST', path, 'lose-answer')
        const error = await failureOf(world.converge(dev.spec, { through: proxy }))
        assert.equal(resultsOf(reportOf(error))[dev.address], 'failed')
        await world.converge(dev.spec)
        assert.equal(await countCertificates(world, dev.name), 1)
        assertEmpty((await world.preview(dev.spec)).plan)
      })
    }

    it('is found by the next run when the answer to a re-enrolment was lost', async () => {
      await world.converge(dev.spec)
      proxy.on('POST', '/re-enroll', 'lose-answer')
      await failureOf(world.converge(dev.spec, { through: proxy, reEnroll: [dev.name] }))
      await world.converge(dev.spec)
      assert.equal(await countCertificates(world, dev.name), 1)
      assertEmpty((await world.preview(dev.spec)).plan)
    })
  })

  for (const algorithm of ['ec-p384', 'rsa-2048'] as const) {
    it(`buys a certificate for a key of type ${algorithm}`, async () => {
      const dev = developer(world, true)
      await world.converge(dev.spec, { algorithm })
      const { keyPem } = await readIdentity(dev.paths().file)
      assert.match(keyPem, algorithm === 'rsa-2048' ? /BEGIN RSA PRIVATE KEY/ : /BEGIN EC PRIVATE KEY/)
      const view = (await world.verify(dev.spec)).find(({ id }) => id === `services/${dev.name}`)
      assert.equal(view?.result, 'pass')
    })
  }
})
