import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { nodeFiles } from '../../src/cli/files.js'
import type { Controller } from '../../src/controller/index.js'
import { makeKey } from '../../src/enroll/index.js'
import { type ControllerError, FileError } from '../../src/errors.js'
import type { Enroller, Files } from '../../src/flows/ports.js'
import { asRaw } from '../../src/kinds/index.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, reportOf, resultsOf } from '../support/world-checks.js'
import { findServerKey, relayTo, signedAgain } from './enroll-wire-world.js'
import { countCertificates, developer, enrollmentOf, modeOf, readIdentity } from './enroll-world.js'

describe('an enrolment that stops half-way', () => {
  let world: World
  let dev: ReturnType<typeof developer>
  beforeEach(async () => {
    world = await newWorld()
    dev = developer(world, true)
  })
  afterEach(() => world?.end())

  const spentThrough =
    (proxy: FaultProxy) =>
    (real: Enroller): Enroller => ({
      ...real,
      enroll: (jwt, key, refuse) => real.enroll(proxy.signed(jwt), key, refuse),
    })

  // The disk is full when the identity file is to be written.
  const withoutIdentityFiles: Files = {
    ...nodeFiles,
    keepSecret: async (path, text) => {
      if (path.endsWith('.json')) throw new FileError(`${path}: can't write it: the disk is full (ENOSPC)`, path)
      await nodeFiles.keepSecret(path, text)
    },
  }

  async function assertFinished(id: string | undefined): Promise<void> {
    const { file, key } = dev.paths()
    assert.equal((await world.find('identity', dev.name))?.id, id)
    assert.equal(await countCertificates(world, dev.name), 1)
    assert.ok(!existsSync(key))
    assert.equal(await modeOf(file), '600')
    assertEmpty((await world.preview(dev.spec)).plan)
    const view = (await world.verify(dev.spec)).find(({ id: check }) => check === `services/${dev.name}`)
    assert.deepEqual([view?.result, view?.detail], ['pass', '0 of 0, as the controller tells the identity itself'])
  }

  it('has its key on disk before the token is spent', async () => {
    let held = ''
    const watch = (real: Enroller): Enroller => ({
      ...real,
      enroll: async (jwt, keyPem) => {
        held = await readFile(dev.paths().key, 'utf8')
        assert.equal(held, keyPem)
        assert.equal(await modeOf(dev.paths().key), '600')
        return real.enroll(jwt, keyPem)
      },
    })
    await world.converge(dev.spec, { enroller: watch })
    assert.equal((await readIdentity(dev.paths().file)).keyPem, held)
    assert.ok(!existsSync(dev.paths().key))
  })

  it('because the identity file could not be written is finished by the next run, with the same identity and key', async () => {
    const error = await failureOf(world.converge(dev.spec, { files: withoutIdentityFiles }))
    assert.deepEqual(resultsOf(reportOf(error)), { [`identity/${dev.name}`]: 'done', [dev.address]: 'failed' })
    const before = await world.find('identity', dev.name)
    assert.notEqual((await enrollmentOf(world, dev.name))?.certificate, undefined)
    const pending = await readFile(dev.paths().key, 'utf8')
    const { plan } = await world.converge(dev.spec)
    assert.deepEqual(
      plan.enrollments.map(({ token, reason }) => [token, reason]),
      [['re-enroll', 'the answer to an earlier enrolment was lost; its key is here']],
    )
    assert.equal((await readIdentity(dev.paths().file)).keyPem, pending)
    await assertFinished(before?.id)
  })

  it('for nobody answers costs the time of one, not of each, and the next run finishes all', async () => {
    const spec = { developers: Array.from({ length: 12 }, (_, at) => ({ name: `${world.word}.${at}`, enroll: true })) }
    await world.converge({ developers: spec.developers.map(({ name }) => ({ name })) })
    const proxy = await startProxy(world.overlay)
    proxy.on('POST', '/enroll', 'hang', Number.POSITIVE_INFINITY)
    const error = await failureOf(
      world.converge(spec, { enroller: spentThrough(proxy), through: proxy, parallel: 4, timeoutMs: 1_000 }),
    )
    const asked = proxy.count('POST', '/enroll')
    await proxy.close()
    const results = Object.values(resultsOf(reportOf(error)))
    const [failed, skipped] = ['failed', 'skipped'].map(one => results.filter(result => result === one).length)
    assert.deepEqual([failed, (failed ?? 0) + (skipped ?? 0)], [asked, 12])
    assert.ok(asked >= 1 && asked <= 4, `${asked} were asked for`)
    await world.converge(spec)
    assertEmpty((await world.preview(spec)).plan)
  })

  it('for one that issued a single token is gone leaves the enrolments at the others alone', async () => {
    const names = Array.from({ length: 6 }, (_, at) => `${world.word}.${at}`)
    const spec = { developers: names.map(name => ({ name, enroll: true })) }
    await world.converge({ developers: names.map(name => ({ name })) })
    const gone = await startProxy(world.overlay)
    await gone.close()
    const [first, second] = names
    // As of a controller that had another address when it issued them.
    const moved = (row: unknown) => {
      const { name, enrollment } = row as { name: string; enrollment: { ott?: { jwt: string } } }
      if ((name !== first && name !== second) || enrollment.ott === undefined) return row
      return {
        ...asRaw(row, name),
        enrollment: { ...enrollment, ott: { ...enrollment.ott, jwt: gone.signed(enrollment.ott.jwt) } },
      }
    }
    const controller = (real: Controller): Controller => ({
      ...real,
      list: async (...of) => (await real.list(...of)).map(row => (of[0] === '/identities' ? moved(row) : row)),
      listByName: async (...of) => (await real.listByName(...of)).map(moved),
    })
    const error = await failureOf(world.converge(spec, { controller, parallel: 1 }))
    const report = reportOf(error)
    const results = names.map(name => report.outcomes.find(({ address }) => address === `enrollment/${name}`))
    assert.deepEqual(
      results.map(one => one?.result),
      ['failed', 'skipped', 'done', 'done', 'done', 'done'],
    )
    assert.equal(results[1]?.detail, `${gone.url}, which issued its token, does not answer`)
    await world.converge(spec)
    assertEmpty((await world.preview(spec)).plan)
  })

  it('for the controller that is asked for tokens does not answer costs the time of one, too', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `${world.word}.${at}`)
    const spec = { developers: names.map(name => ({ name, enroll: false })) }
    await world.converge(spec)
    const proxy = await startProxy(world.overlay)
    proxy.on('POST', '/enrollments', 'hang', Number.POSITIVE_INFINITY)
    const options = { through: proxy, parallel: 2, timeoutMs: 500, reEnroll: names }
    const error = await failureOf(world.converge(spec, options))
    const asked = proxy.count('POST', '/enrollments')
    await proxy.close()
    assert.equal((error as ControllerError).exitCode, 5, error.stack)
    assert.ok(asked >= 1 && asked <= 2, `${asked} were asked for`)
    await world.converge(spec, { reEnroll: names })
    assertEmpty((await world.preview(spec)).plan)
  })

  it('with an answer that is lost has a report, whatever ended the others', async () => {
    const names = ['a', 'b', 'c'].map(name => `${world.word}.${name}`)
    const spec = { developers: names.map(name => ({ name, enroll: true })) }
    await world.converge({ developers: names.map(name => ({ name })) })
    const proxy = await startProxy(world.overlay)
    proxy.on('POST', '/enroll', async () => {
      setImmediate(() => proxy.close())
      return 'lose-answer'
    })
    const error = await failureOf(world.converge(spec, { enroller: spentThrough(proxy), through: proxy, parallel: 1 }))
    assert.deepEqual(Object.values(resultsOf(reportOf(error))), ['failed', 'failed', 'skipped'])
    await world.converge(spec)
    assertEmpty((await world.preview(spec)).plan)
  })

  it('between its last two steps leaves a key, which the next run removes', async () => {
    const files: Files = {
      ...nodeFiles,
      remove: async path => {
        if (path.endsWith('.key')) throw new FileError(`${path}: can't remove it`, path)
        await nodeFiles.remove(path)
      },
    }
    await failureOf(world.converge(dev.spec, { files }))
    assert.ok(existsSync(dev.paths().key))
    const before = await world.find('identity', dev.name)
    const { plan } = await world.converge(dev.spec)
    assertEmpty(plan)
    await assertFinished(before?.id)
  })

  it('again and again is finished all the same', async () => {
    for (let run = 0; run < 3; run += 1) await failureOf(world.converge(dev.spec, { files: withoutIdentityFiles }))
    const before = await world.find('identity', dev.name)
    await world.converge(dev.spec)
    await assertFinished(before?.id)
  })

  it('because the key could not be written spends no token', async () => {
    const files: Files = {
      ...nodeFiles,
      keepSecret: async path => {
        throw new FileError(`${path}: can't write it`, path)
      },
    }
    const error = await failureOf(world.converge(dev.spec, { files }))
    assert.equal(resultsOf(reportOf(error))[dev.address], 'failed')
    const known = await enrollmentOf(world, dev.name)
    assert.equal(known?.certificate, undefined)
    assert.notEqual(known?.ott, undefined)
  })

  it('before its token was spent goes on with the same key and the same token', async () => {
    await world.converge(dev.entityOnly)
    const key = await makeKey('ec-p256')
    await nodeFiles.keepSecret(dev.paths().key, key)
    const { plan } = await world.converge(dev.spec)
    assert.deepEqual(
      plan.enrollments.map(({ token }) => token),
      ['open'],
    )
    assert.equal((await readIdentity(dev.paths().file)).keyPem, key)
    await assertFinished((await world.find('identity', dev.name))?.id)
  })

  for (const [when, cut] of [
    ['the answer was lost', 'before-answer'],
    ['the request was lost', 'before-request'],
  ] as const) {
    it(`because ${when} is finished by the next run, with the same identity and key`, async function () {
      const serverKey = await findServerKey(world.overlay)
      requires(this, serverKey !== undefined, 'the key of the controller is not in reach')
      assert.ok(serverKey !== undefined)
      // The first two connections look at the issuer, the third enrolls.
      const port = Number(new URL(world.overlay.url).port)
      const relay = await relayTo(port, connection => (connection === 3 ? cut : 'none'))
      const through = (real: Enroller): Enroller => ({
        ...real,
        enroll: (jwt, key) => real.enroll(signedAgain(jwt, serverKey, { iss: `https://localhost:${relay.port}` }), key),
      })
      const error = await failureOf(world.converge(dev.spec, { enroller: through })).finally(relay.close)
      const [, outcome] = reportOf(error).outcomes
      assert.match(outcome?.detail ?? '', /The answer of .* to the enrolment was lost/)
      assert.match(outcome?.hint ?? '', /run the same command again/)
      const before = await world.find('identity', dev.name)
      const pending = await readFile(dev.paths().key, 'utf8')
      const { plan } = await world.converge(dev.spec)
      assert.equal(plan.enrollments[0]?.token, cut === 'before-answer' ? 're-enroll' : 'open')
      assert.equal((await readIdentity(dev.paths().file)).keyPem, pending)
      await assertFinished(before?.id)
    })
  }
})
