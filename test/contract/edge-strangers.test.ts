import assert from 'node:assert/strict'
import { EdgeError } from '../../src/edge/index.js'
import type { Message } from '../../src/edge/wire.js'
import { afterHello, connected, newStrangers } from '../support/strange-calls.js'
import { type Guest, int } from '../support/strange-router.js'
import { failureOf } from '../support/world-checks.js'

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'

describe('a router that is none, or a hostile one', function () {
  this.timeout(20_000)
  const { openTo, refusalBy, end } = newStrangers()
  afterEach(end)

  it('that speaks HTTP is named as what it is not', async () => {
    const { fault, message } = await refusalBy({
      onConnect: ({ socket }) => void socket.write('HTTP/1.1 400 Bad\r\n\r\n'),
    })
    assert.equal(fault, 'protocol')
    assert.match(message, /no OpenZiti edge router/)
  })

  it('that does not know this version of the protocol says so', async () => {
    const answer = Buffer.from('0306090a020000000100000002000000', 'hex')
    const { fault, message } = await refusalBy({ onMessage: (_, { socket }) => void socket.end(answer) })
    assert.equal(fault, 'protocol')
    assert.match(message, /this version/)
  })

  it('that announces a message of two gigabytes is not waited for', async () => {
    const huge = Buffer.concat([Buffer.from('0306090c', 'hex'), int(2), int(-1), int(0), int(0x7fff_ffff)])
    const { fault } = await refusalBy({ onConnect: ({ socket }) => void socket.write(huge) })
    assert.equal(fault, 'protocol')
  })

  it('that stops in the middle of a message, or says nothing at all, ends in a time-out', async () => {
    const half = Buffer.concat([Buffer.from('0306090c', 'hex'), int(2)])
    assert.equal((await refusalBy({ onMessage: (_, { socket }) => void socket.write(half) })).fault, 'timeout')
    assert.equal((await refusalBy({ onMessage: () => undefined })).fault, 'timeout')
    assert.equal((await refusalBy({ plain: true })).fault, 'timeout')
  })

  it('that closes in the middle of a message can be told from a refusal', async () => {
    const { fault } = await refusalBy({
      onConnect: ({ socket }) => void socket.end(Buffer.from('0306090c0200', 'hex')),
    })
    assert.equal(fault, 'unreachable')
  })

  it('whose certificate is of another CA is not spoken to', async () => {
    const { fault, message } = await refusalBy({}, { trusting: false })
    assert.equal(fault, 'unreachable')
    assert.match(message, /can't connect \(\w+\)/)
  })

  it('that refuses the hello is quoted, without tokens', async () => {
    const refuse = (message: Message, guest: Guest) =>
      guest.say(
        2,
        [
          [1, int(message.sequence)],
          [2, Buffer.from([0])],
        ],
        Buffer.from(`not with ${jwt}`),
      )
    const { fault, message } = await refusalBy({ onMessage: refuse })
    assert.equal(fault, 'session')
    assert.match(message, /refused the channel: not with …/)
  })

  it('that acknowledges the hello and closes is tried with a new session, and three times at most', async () => {
    const { fault, message, router } = await refusalBy(afterHello((_, { socket }) => void socket.destroy()))
    assert.equal(fault, 'session')
    assert.match(message, /did not accept the API session/)
    assert.equal(router.connections(), 3)
  })

  it('that never answers a dial ends in a time-out, which is for all of it', async () => {
    const { overlay } = await openTo(afterHello(() => undefined))
    const error = await failureOf(overlay.dial('svc', { timeoutMs: 300 }))
    assert.ok(error instanceof EdgeError && error.fault === 'timeout', error.stack)
  })

  it('that answers a dial with something else, or with a reason, is quoted without tokens', async () => {
    const something = await refusalBy(afterHello((message, guest) => guest.say(1, connected(message))))
    assert.equal(something.fault, 'host')
    for (const why of ['backend is down', "127.0.0.1:9: can't connect (ECONNREFUSED)", 'a (b (c)) d']) {
      const reason = `exceeded maximum [2] retries (with token 6f1cf6a5-31b5-4b39-8d37-0f5cf2d2ee0c. error: (${why}))`
      const { fault, message } = await refusalBy(
        afterHello((asked, guest) => guest.say(60785, connected(asked), Buffer.from(reason))),
      )
      assert.equal(fault, 'host')
      assert.ok(message.endsWith(`: its host did not take the call: ${why}`), message)
    }
  })

  // In the words of a controller of 2.0.3, for a host of that version that could not connect its backend a call before.
  it('whose host is silent is told so, and not in the words of routers', async () => {
    const reason =
      'exceeded maximum [2] retries creating circuit [c/1z7B] (error creating route for [s/1z7B] on [r/9u5N] (error creating route for [c/1z7B]: timeout waiting for message reply: context deadline exceeded))'
    const { fault, message } = await refusalBy(
      afterHello((asked, guest) => guest.say(60785, connected(asked), Buffer.from(reason))),
    )
    assert.equal(fault, 'host')
    assert.match(
      message,
      /^svc: its host did not take the call: it was asked twice and did not answer in time; is what/,
    )
  })
})
