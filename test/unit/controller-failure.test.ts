import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describeFailure, describeNetworkFailure, isEnveloped, isTransient } from '../../src/controller/failure.js'

const url = 'https://ctrl.example:1280'
const where = { method: 'POST', path: '/edge/management/v1/configs' }

describe('an answer with an error status', () => {
  const body = {
    error: {
      code: 'COULD_NOT_VALIDATE',
      message: 'The supplied request contains an invalid document',
      requestId: 'r-1',
      cause: { field: 'name', reason: 'must not be empty', value: 'sesame' },
    },
    meta: {},
  }

  it('becomes an error with all that is known of the request, and the API word for what is wrong', () => {
    const { message, detail, exitCode, hint } = describeFailure(url, 400, body, where)
    assert.equal(message, `${url}: POST ${where.path} was answered 400 COULD_NOT_VALIDATE: name: must not be empty`)
    assert.deepEqual(detail, {
      ...where,
      status: 400,
      apiCode: 'COULD_NOT_VALIDATE',
      requestId: 'r-1',
      field: 'name',
      retryable: false,
    })
    assert.deepEqual({ exitCode, hint }, { exitCode: 5, hint: undefined })
  })

  it("never shows the cause's value, which can echo a password", () => {
    const anything = fc.oneof(fc.jsonValue(), fc.record({ value: fc.constant('sesame') }))
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), anything, (status, extra) => {
        const cause = { field: 'password', reason: 'too short', ...(Object(extra) as object), value: 'sesame' }
        const error = describeFailure(url, status, { error: { code: 'X', cause } }, where)
        const shown = JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: error.cause })
        assert.ok(!shown.includes('sesame'))
      }),
    )
  })

  it('is foreseen whatever its body is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.anything(), (status, answer) => {
        const error = describeFailure(url, status, answer, where)
        assert.equal(error.detail.status, status)
        assert.ok(error.message.startsWith(`${url}: POST`))
      }),
    )
  })

  it('of another form makes one doubt that the server is a controller', () => {
    assert.equal(describeFailure(url, 404, '<html>', where).hint, 'is this the URL of an OpenZiti controller?')
    assert.equal(describeFailure(url, 400, { error: {} }, where).hint, undefined)
  })

  it('is worth another attempt when it may pass by itself, and then only', () => {
    const transient = [400, 401, 403, 404, 409, 413, 429, 500, 501, 502, 503, 504].filter(isTransient)
    assert.deepEqual(transient, [429, 500, 502, 503, 504])
    assert.equal(describeFailure(url, 503, {}, where).detail.retryable, true)
  })

  it('of an overloaded controller asks for fewer requests at once', () => {
    assert.match(describeFailure(url, 429, { error: { code: 'RATE_LIMITED' } }, where).hint ?? '', /fewer --parallel/)
  })
})

describe('a request without an answer', () => {
  const explained: readonly [code: string, retryable: boolean, what: RegExp][] = [
    ['ECONNREFUSED', true, /nothing listens there/],
    ['ENOTFOUND', false, /no such host name/],
    ['EAI_AGAIN', true, /no such host name/],
    ['ETIMEDOUT', true, /no answer in time/],
    ['ECONNRESET', true, /connection broke/],
    ['EHOSTUNREACH', true, /no way to that host/],
    ['EPROTO', false, /does not speak TLS/],
    ['CERT_HAS_EXPIRED', false, /out of date/],
    ['CERT_NOT_YET_VALID', false, /not valid yet/],
    ['INVALID_PURPOSE', false, /not one for servers/],
    ['INVALID_CA', false, /not signed by the CA that is trusted/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, /other host names/],
    ['SELF_SIGNED_CERT_IN_CHAIN', false, /not signed by the CA that is trusted/],
    ['ERR_BAD_RESPONSE', false, /too large or broken/],
    ['SOMETHING_NEW', true, /connection broke/],
  ]
  for (const [code, retryable, what] of explained) {
    it(`says what ${code} means, and ${retryable ? 'may be sent again' : 'is not sent again'}`, () => {
      const { message, detail, hint } = describeNetworkFailure(url, code, where)
      assert.match(message, what)
      assert.ok(message.startsWith(`${url}: `) && message.endsWith(`(${code})`))
      assert.deepEqual(detail, { ...where, networkCode: code, retryable })
      assert.ok(hint !== undefined && hint.length > 0)
    })
  }
})

describe('the form of an answer', () => {
  it('is that of the edge API when it has data or an error', () => {
    const bodies = [{ data: null }, { error: {} }, {}, null, 'text', ['data']]
    assert.deepEqual(bodies.map(isEnveloped), [true, true, false, false, false, false])
  })
})
