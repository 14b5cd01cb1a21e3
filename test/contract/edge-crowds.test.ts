import assert from 'node:assert/strict'
import { type Channel, openChannel } from '../../src/edge/channel.js'
import { createChannels } from '../../src/edge/channels.js'
import type { EdgeConnection } from '../../src/edge/connection.js'
import { dial, HeldUp } from '../../src/edge/dial.js'
import { EdgeError } from '../../src/edge/errors.js'
import { parseRouterUrl } from '../../src/edge/socket.js'
import type { Message } from '../../src/edge/wire.js'
import { type Guest, greet, int, type StrangeRouter, startStrangeRouter } from '../support/strange-router.js'
import { until } from '../support/world-checks.js'

const stuckMs = 300
const budget = 8 * 1024 * 1024

// What these need of a router (a flood that begins at once, a call that stays half open) takes minutes on a real 0.28 one.
describe('connections that share a channel', () => {
  let router: StrangeRouter
  const opened: Channel[] = []
  beforeEach(async () => {
    router = await startStrangeRouter({ onMessage: serve })
  })
  afterEach(async () => {
    for (const channel of opened.splice(0)) channel.close()
    await router.close()
  })

  const open = async (patienceMs = stuckMs) => {
    const address = parseRouterUrl(router.url)
    assert.ok(address !== undefined)
    const { credentials } = router
    const channel = await openChannel({
      router: address,
      credentials,
      token: 'token',
      timeoutMs: 2000,
      stuckMs: patienceMs,
    })
    opened.push(channel)
    return channel
  }
  const call = (channel: Channel, name: 'flood' | 'echo' | 'mute', isPatient = true) =>
    dial({
      channel,
      service: { name, encryptionRequired: false },
      token: name,
      identity: undefined,
      callerId: 'tester',
      timeoutMs: 5000,
      isPatient,
    })

  it('get on again when one of them reads nothing for a while: that one is ended, with the reason', async () => {
    const channel = await open()
    const waiting = await call(channel, 'echo')
    const stuck = await call(channel, 'flood')
    await until('the channel is full', () => channel.isCongested())
    assert.ok(stuck.readableLength < budget + 1024 * 1024)
    assert.equal(await say(waiting, 'still there?'), 'still there?')
    assert.ok(stuck.errored instanceof EdgeError && stuck.errored.fault === 'timeout')
    assert.match(stuck.errored.message, /nothing was read for 300 ms while others waited/)
    assert.equal(channel.isCongested(), false)
  })

  it('leave one that is alone all the time it wants', async () => {
    const channel = await open()
    const stuck = await call(channel, 'flood')
    await until('the channel is full', () => channel.isCongested())
    // That nothing happens shows only with time.
    await new Promise(resolve => setTimeout(resolve, 3 * stuckMs))
    assert.equal(stuck.destroyed, false)
    stuck.resume()
    await until('it is read', () => !channel.isCongested())
  })

  it('leave one that reads a little now and then', async () => {
    const channel = await open()
    const waiting = await call(channel, 'echo')
    const slow = await call(channel, 'flood')
    await until('the channel is full', () => channel.isCongested())
    for (let round = 0; round < 10; round++) {
      slow.read(10)
      await new Promise(resolve => setTimeout(resolve, stuckMs / 3))
    }
    assert.equal(slow.destroyed, false)
    slow.destroy()
    assert.equal(await say(waiting, 'on we go'), 'on we go')
  })

  it('make room for newcomers on a second channel, which goes with its last connection', async () => {
    const { credentials } = router
    const channels = createChannels({
      api: { token: async () => 'token', onRenewal: () => undefined },
      credentials,
      timeoutMs: 2000,
      stuckMs,
    })
    const first = await channels.open([router.url])
    const stuck = await call(first, 'flood')
    await until('the channel is full', () => first.isCongested())
    const news = await Promise.all(Array.from({ length: 10 }, () => channels.open([router.url])))
    const [second] = news
    assert.ok(second !== undefined && second !== first && news.every(each => each === second))
    const echo = await call(second, 'echo')
    assert.equal(await say(echo, 'no waiting'), 'no waiting')
    echo.destroy()
    stuck.destroy()
    await until('the first is free', () => !first.isCongested())
    assert.equal(await channels.open([router.url]), first)
    await until('the second is closed', () => !second.isOpen())
    assert.equal(router.connections(), 2)
    channels.close()
  })

  it('are not waited for by a call that went out just before the channel filled up', async () => {
    const channel = await open(60_000)
    const stuck = await call(channel, 'flood')
    const patient = assert.rejects(call(channel, 'mute'), /no answer in 5000 ms/)
    await assert.rejects(call(channel, 'mute', false), HeldUp)
    assert.ok(channel.isCongested() && !stuck.destroyed)
    await patient
  })

  it('come to the router that answers, though those before it are gone or silent', async () => {
    const silent = await startStrangeRouter({ plain: true })
    const { credentials } = router
    const channels = createChannels({
      api: { token: async () => 'token', onRenewal: () => undefined },
      credentials,
      timeoutMs: 5000,
    })
    const began = performance.now()
    const channel = await channels.open(['tls://127.0.0.1:1', silent.url, 'wss:elsewhere:1', router.url])
    assert.equal(await say(await call(channel, 'echo'), 'here'), 'here')
    assert.ok(performance.now() - began < 2500, 'three pauses, and no time-out')
    channels.close()
    await silent.close()
  })
})

// A router whose services echo, or send for ever.
function serve(message: Message, guest: Guest): void {
  greet(message, guest)
  const id = message.headers.get(1000) ?? int(0)
  if (message.type === 60786 && message.body.length > 0) guest.say(60786, [[1000, id]], message.body)
  if (message.type !== 60783 || message.body.toString() === 'mute') return
  guest.say(60784, [
    [1, int(message.sequence)],
    [1000, id],
  ])
  if (message.body.toString() === 'flood') flood(id, guest)
}

function flood(id: Buffer, guest: Guest): void {
  const piece = Buffer.alloc(64 * 1024)
  let left = 16 * 1024 * 1024
  const more = () => {
    while (guest.socket.writableLength < 1024 * 1024 && left > 0) {
      left -= piece.length
      guest.say(60786, [[1000, id]], piece)
    }
  }
  guest.socket.on('drain', more)
  more()
}

function say(connection: EdgeConnection, text: string): Promise<string> {
  connection.write(text)
  return new Promise((resolve, reject) => {
    connection.once('data', piece => resolve(piece.toString()))
    connection.once('error', reject)
  })
}
