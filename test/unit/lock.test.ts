import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { access, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LockOptions, withLock } from '../../src/cli/lock.js'
import { FileError, Interrupted } from '../../src/errors.js'

describe('the lock of a spec', () => {
  let folder: string
  let options: LockOptions

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zprom-lock-'))
    options = {
      path: join(folder, 'zprom.yaml.lock'),
      what: 'this spec',
      waitMs: 10_000,
      onWait: () => undefined,
      signal: new AbortController().signal,
    }
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('lets one run at a time in, and tells the others whom they wait for', async () => {
    let inside = 0
    let most = 0
    const told: string[] = []
    const run = async () => {
      inside += 1
      most = Math.max(most, inside)
      await access(options.path)
      inside -= 1
    }
    const runs = Array.from({ length: 4 }, () => withLock({ ...options, onWait: who => told.push(who) }, run))
    await Promise.all(runs)
    assert.equal(most, 1)
    assert.ok(told.every(who => who === `process ${process.pid} on ${hostname()}` || who === 'process unknown'))
  })

  it('is gone after a run, however it ended', async () => {
    assert.equal(await withLock(options, async () => 'result'), 'result')
    const failing = async () => {
      throw new Error('no')
    }
    await assert.rejects(withLock(options, failing), /^Error: no$/)
    assert.deepEqual(await readdir(folder), [])
  })

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0'])
    await writeFile(options.path, JSON.stringify({ pid, host: hostname() }))
    const holder = await withLock(options, async () => JSON.parse(await readFile(options.path, 'utf8')))
    assert.deepEqual([holder.pid, holder.host], [process.pid, hostname()])
    assert.deepEqual(await readdir(folder), [])
  })

  it('is taken over by one run only, when several find it left behind', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0'])
    await writeFile(options.path, JSON.stringify({ pid, host: hostname() }))
    let inside = 0
    const run = async () => {
      inside += 1
      assert.equal(inside, 1)
      await access(options.path)
      inside -= 1
    }
    await Promise.all(Array.from({ length: 4 }, () => withLock(options, run)))
  })

  it('is taken over from a process that was killed before it wrote down who it is, once that is sure', async () => {
    await writeFile(options.path, '')
    await assert.rejects(
      withLock({ ...options, waitMs: 0 }, async () => undefined),
      /holds this spec \(process unknown\)/,
    )
    const minuteAgo = new Date(Date.now() - 60_000)
    await utimes(options.path, minuteAgo, minuteAgo)
    await withLock(options, async () => undefined)
    assert.deepEqual(await readdir(folder), [])
  })

  it('of another machine is respected, for nobody here can tell whether that run goes on', async () => {
    await writeFile(options.path, JSON.stringify({ pid: 1, host: 'elsewhere.example' }))
    await assert.rejects(
      withLock({ ...options, waitMs: 0 }, async () => undefined),
      error => error instanceof FileError && /holds this spec \(process 1 on elsewhere\.example\)/.test(error.message),
    )
    assert.ok(await readFile(options.path))
  })

  it('is taken over from a process whose number another one has now', async () => {
    await writeFile(options.path, JSON.stringify({ pid: process.pid, host: hostname(), started: 'long ago' }))
    await withLock({ ...options, waitMs: 0 }, async () => undefined)
    assert.deepEqual(await readdir(folder), [])
  })

  it('of another machine is taken over once nobody touches it any more', async () => {
    const distant = JSON.stringify({ pid: 1, host: 'elsewhere.example', started: 'then' })
    await writeFile(options.path, distant)
    const held = { ...options, silenceMs: 300, waitMs: 1500 }
    const beat = setInterval(() => void utimes(options.path, new Date(), new Date()), 20)
    await assert.rejects(
      withLock(held, async () => undefined),
      FileError,
    )
    clearInterval(beat)
    assert.equal(await readFile(options.path, 'utf8'), distant)
    await withLock(held, async () => undefined)
    assert.deepEqual(await readdir(folder), [])
  })

  it('taken over by another run is left to it', async () => {
    const other = JSON.stringify({ pid: 1, host: 'elsewhere.example', started: 'now' })
    await withLock(options, () => writeFile(options.path, other))
    assert.equal(await readFile(options.path, 'utf8'), other)
  })

  it('is no longer waited for once the person interrupts', async () => {
    await writeFile(options.path, JSON.stringify({ pid: process.pid, host: hostname() }))
    const interruption = new AbortController()
    const onWait = () => interruption.abort()
    await assert.rejects(
      withLock({ ...options, onWait, signal: interruption.signal }, async () => undefined),
      Interrupted,
    )
  })
})
