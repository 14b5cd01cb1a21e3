import assert from 'node:assert/strict'
import { describeJwtRefusal } from '../../src/controller/jwt-refusal.js'

const now = 1_790_000_000_000

describe('an external token that was refused', () => {
  const tokenOf = (claims: object) =>
    ['{}', JSON.stringify(claims), ''].map(part => Buffer.from(part).toString('base64url')).join('.')
  const times: readonly [claims: object, what: RegExp][] = [
    [{ exp: now / 1000 - 60 }, /^it expired at 2026-09-21T/],
    [{ exp: -1e300 }, /^it expired$/],
    [{ nbf: now / 1000 + 60 }, /^it is not valid before 2026-09-21T/],
    [{ nbf: now * 1_000_000 }, /^it is not valid yet$/],
    [{ exp: Number.MAX_VALUE }, /^issuer none/],
  ]
  for (const [claims, what] of times)
    it(`with ${JSON.stringify(claims)} is told apart, whatever its times are`, () => {
      assert.match(describeJwtRefusal(tokenOf(claims), undefined, now).what, what)
    })

  it('with something around it is none', () => {
    const { what, hint } = describeJwtRefusal(`Bearer ${tokenOf({ iss: 'https://ci.example' })}`, undefined, now)
    assert.deepEqual([what, /without anything around them$/.test(hint)], ['it is no JWT', true])
  })

  it('begins no line of its own in a message', () => {
    assert.match(describeJwtRefusal(tokenOf({ iss: 'x\nError: fake' }), undefined, now).what, /^issuer x\\u000aError/)
  })
})
