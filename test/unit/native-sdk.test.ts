import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EdgeError, type Overlay } from '../../src/edge/index.js'
import { ToolError } from '../../src/errors.js'
import { loadNativeSdk, openNativeOverlay } from '../../src/native/index.js'
import type { NativeSdk } from '../../src/native/sdk.js'
import { failureOf } from '../support/world-checks.js'

describe('the native SDK', () => {
  const importReal = (name: string) => import(name)
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zprom-native-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const packageOf = async (text: string) => {
    const place = await mkdtemp(join(folder, 'package-'))
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'index.cjs'), text)
    return () => import(pathToFileURL(join(place, 'index.cjs')).href)
  }

  it('that is not installed is one sentence, and how to get it', async () => {
    const error = await failureOf(loadNativeSdk(importReal))
    assert.ok(error instanceof ToolError && error.exitCode === 8)
    assert.equal(error.message, '--sdk native needs @openziti/ziti-sdk-nodejs, which is not installed')
    assert.match(error.hint ?? '', /npm install @openziti\/ziti-sdk-nodejs/)
  })

  it('that does not load, as it does without its binary, says why in one line', async () => {
    const broken = await packageOf("require('./build/Release/ziti_sdk_nodejs.node')")
    const error = await failureOf(loadNativeSdk(broken))
    assert.ok(error instanceof ToolError)
    assert.match(error.message, /is installed but does not load: Cannot find module '.*ziti_sdk_nodejs\.node'$/)
    const other = await packageOf('module.exports = { init() {} }')
    assert.match(
      (await failureOf(loadNativeSdk(other))).message,
      /does not load: it has no init, dial, write and close/,
    )
  })

  // The binary can't be had everywhere, so this is what its sources (lib/dial.js, src/ziti_dial.c of 0.13.3) do.
  const standIn = () => {
    const done: string[] = []
    let onData: (bytes: Uint8Array) => void = () => undefined
    const sdk: NativeSdk = {
      init: async path => (path === 'bad.json' ? -1 : 0),
      dial: (service, _isWebSocket, onConnect, given) => {
        onData = given
        setImmediate(() => (service === 'down' ? onConnect(false) : onConnect(7)))
      },
      write: (handle, bytes, onWritten) => {
        done.push(`write ${handle} ${bytes}`)
        setImmediate(onWritten)
      },
      close: handle => void done.push(`close ${handle}`),
    }
    return { sdk, done, say: (text: string) => onData(Buffer.from(text)) }
  }
  const own = {} as Overlay

  it('carries a stream by the name of a service, and closes it', async () => {
    const { sdk, done, say } = standIn()
    const stream = await openNativeOverlay({ sdk, identityPath: 'dev.json', own }).dial('echo')
    stream.write('hello')
    say('you sent me: hello')
    assert.equal(String((await once(stream, 'data'))[0]), 'you sent me: hello')
    stream.destroy()
    await once(stream, 'close')
    assert.deepEqual(done, ['write 7 hello', 'close 7'])
  })

  it('refuses what it cannot do, and says when it got no connection', async () => {
    const { sdk } = standIn()
    const overlay = openNativeOverlay({ sdk, identityPath: 'dev.json', own })
    for (const [run, words] of [
      [() => overlay.dial('echo', { identity: 'a.id' }), /cannot ask for the terminator of an identity/],
      [() => overlay.dial('down'), /got no connection, and does not say why/],
      [() => overlay.host('echo', {}, () => undefined), /does not host/],
      [() => openNativeOverlay({ sdk, identityPath: 'bad.json', own }).dial('echo'), /did not get in .*status -1/],
    ] as const) {
      const error = await failureOf(run())
      assert.ok(error instanceof EdgeError)
      assert.match(error.message, words)
    }
  })

  it('has a connection closed that comes after its time, and one that comes in time left alone', async () => {
    const { sdk, done } = standIn()
    let connectLate: (handle?: number | boolean) => void = () => undefined
    const dialSlowly: NativeSdk['dial'] = (_service, _isWebSocket, onConnect) => {
      connectLate = onConnect
    }
    const slow = { ...sdk, dial: dialSlowly }
    const dialling = openNativeOverlay({ sdk: slow, identityPath: 'dev.json', own }).dial('echo', { timeoutMs: 5 })
    const error = await failureOf(dialling)
    assert.ok(error instanceof EdgeError && error.fault === 'timeout')
    connectLate(9)
    assert.deepEqual(done, ['close 9'])
    await openNativeOverlay({ sdk, identityPath: 'dev.json', own }).dial('echo', { timeoutMs: 5000 })
    assert.deepEqual(done, ['close 9'])
  })

  it('is asked to log in again after it could not, and once for all dials after it could', async () => {
    const { sdk } = standIn()
    const answers = [-1, 0]
    let logins = 0
    const init = async () => answers[logins++] ?? assert.fail('logged in once too often')
    const overlay = openNativeOverlay({ sdk: { ...sdk, init }, identityPath: 'dev.json', own })
    assert.match((await failureOf(overlay.dial('echo'))).message, /did not get in/)
    await Promise.all([overlay.dial('echo'), overlay.dial('echo')])
    assert.equal(logins, 2)
  })
})
