import assert from 'node:assert/strict'
import { createChannels } from '../../src/edge/channels.js'
import type { Message } from '../../src/edge/wire.js'
import { type Guest, greet, int, type StrangeRouter, startStrangeRouter } from '../support/strange-router.js'
import { until } from '../support/world-checks.js'

const [updateTokenSuccess, updateTokenFailure, updateToken] = [60801, 60802, 60803]

// When exactly a token is renewed, and that a router refuses one, can only be had from a router that is made for it.
describe('a token that was renewed', () => {
  let router: StrangeRouter
  let isRefusing = false
  let greeting: (() => void) | undefined
  const shown: string[] = []
  beforeEach(async () => {
    isRefusing = false
    greeting = undefined
    shown.length = 0
    router = await startStrangeRouter({ onMessage: serve })
  })
  afterEach(() => router.close())

  function serve(message: Message, guest: Guest): void {
    if (message.type === 0) {
      shown.push(`hello ${message.headers.get(1002)?.toString()}`)
      if (greeting === undefined) greet(message, guest)
      else greeting = () => greet(message, guest)
    }
    if (message.type !== updateToken) return
    shown.push(message.body.toString())
    guest.say(isRefusing ? updateTokenFailure : updateTokenSuccess, [[1, int(message.sequence)]])
    // As real routers do.
    if (isRefusing) guest.socket.end()
  }
  const openChannels = () => {
    let token = 'first'
    let tell: (before: string, after: string) => void = () => undefined
    const api = {
      token: async () => token,
      onRenewal: (listener: typeof tell) => {
        tell = listener
      },
    }
    let lost = 0
    const { credentials } = router
    const channels = createChannels({ api, credentials, timeoutMs: 5000, onLost: () => lost++ })
    const renew = (after: string, before = token) => {
      token = after
      tell(before, after)
    }
    return { channels, renew, lost: () => lost, logInAnew: (fresh: string) => (token = fresh) }
  }

  it('is shown to the router on the channel that is there, which is used on', async () => {
    const { channels, renew } = openChannels()
    const channel = await channels.open([router.url])
    renew('second')
    assert.equal(await channels.open([router.url]), channel)
    renew('third')
    await until('the router has seen both', () => shown.length === 3)
    assert.deepEqual([shown, router.connections()], [['hello first', 'second', 'third'], 1])
    channels.close()
  })

  it('is shown on a channel that was being opened with the one before', async () => {
    const { channels, renew } = openChannels()
    greeting = () => undefined
    const opening = channels.open([router.url])
    await until('the router has the hello', () => shown.length === 1)
    renew('second')
    const answer = greeting
    greeting = undefined
    answer()
    const channel = await opening
    assert.equal(await channels.open([router.url]), channel)
    await until('the router has seen it', () => shown.length === 2)
    assert.deepEqual(shown, ['hello first', 'second'])
    channels.close()
  })

  it('is not shown on a channel of another session', async () => {
    const { channels, renew, logInAnew } = openChannels()
    const old = await channels.open([router.url])
    // Something is under way on it, so it stays.
    old.route(old.takeId(), { receive: () => undefined, end: () => undefined })
    logInAnew('other')
    const fresh = await channels.open([router.url])
    assert.notEqual(fresh, old)
    renew('other, renewed')
    await until('the router has seen it', () => shown.includes('other, renewed'))
    assert.deepEqual(shown, ['hello first', 'hello other', 'other, renewed'])
    channels.close()
  })

  it('that the router refuses costs the channel, and the next one begins with it', async () => {
    const { channels, renew, lost } = openChannels()
    const channel = await channels.open([router.url])
    isRefusing = true
    renew('second')
    await until('the channel is lost', () => lost() === 1)
    assert.equal(channel.isOpen(), false)
    assert.notEqual(await channels.open([router.url]), channel)
    assert.deepEqual(shown, ['hello first', 'second', 'hello second'])
    channels.close()
  })
})
