import assert from 'node:assert/strict'
import fc from 'fast-check'
import { formatAccess, shownTarget } from '../../src/bridge/access-log.js'
import { answerFor, asReasonPhrase, Refusal } from '../../src/bridge/answers.js'
import { budgetMsOf, startBudget } from '../../src/bridge/budget.js'
import { endToEnd, redirectWithin, requestHeaders } from '../../src/bridge/headers.js'
import { isFixedHost } from '../../src/bridge/pages.js'
import { holdsToken } from '../../src/bridge/token.js'
import { readListen } from '../../src/cli/bridge.js'
import { EdgeError } from '../../src/edge/index.js'
import { AuthError, ControllerError, FileError, SpecError } from '../../src/errors.js'
import { failureOf } from '../support/world-checks.js'

describe('the answer of a bridge to a failure', () => {
  it('has a status for each fault of the data plane, and says what failed', () => {
    const of = (fault: EdgeError['fault']) => answerFor(new EdgeError(`x: ${fault}`, fault), 'x')
    assert.deepEqual(
      (['denied', 'no-terminator', 'host', 'timeout', 'unreachable', 'session', 'closed'] as const).map(fault => {
        const { status, reason, phrase } = of(fault)
        assert.match(phrase, new RegExp(`^zprom: .*x: ${fault}`))
        return [reason, status]
      }),
      [
        ['denied', 403],
        ['no-terminator', 502],
        ['host', 502],
        ['timeout', 504],
        ['unreachable', 502],
        ['session', 502],
        ['closed', 502],
      ],
    )
  })

  it('tells the controller, an answer that is no HTTP, and a bug apart', () => {
    const where = { controller: 'https://c', method: 'cert' as const }
    assert.equal(answerFor(new AuthError('refused', where), 'x').reason, 'auth')
    const down = new ControllerError('https://c is unreachable', { method: 'GET', path: '/', retryable: true })
    assert.equal(answerFor(down, 'x').reason, 'controller')
    assert.match(answerFor(Object.assign(new Error(), { code: 'HPE_INVALID_CONSTANT' }), 'x').phrase, /not HTTP/)
    assert.match(answerFor(Object.assign(new Error(), { code: 'ECONNRESET' }), 'x').phrase, /broke off/)
    assert.deepEqual(answerFor(new TypeError('key -----BEGIN'), 'x'), {
      status: 500,
      reason: 'bug',
      phrase: 'zprom: something is wrong in the bridge, see its log',
    })
  })

  it('blames neither controller nor target for a spec that is wrong or unreadable', () => {
    const problem = { file: 'zprom.yaml', line: 3, column: 1, path: 'clusters', message: 'must be a list' }
    const wrong = answerFor(new SpecError([problem]), 'x')
    assert.deepEqual(wrong, {
      status: 500,
      reason: 'spec',
      phrase: "zprom: the spec can't be read: zprom.yaml:3:1 clusters: must be a list",
    })
    const file = new FileError('zprom.yaml: permission denied', 'zprom.yaml')
    assert.deepEqual(answerFor(file, 'x'), {
      ...wrong,
      phrase: "zprom: the spec can't be read: zprom.yaml: permission denied",
    })
  })

  it('fits into a reason phrase: one line of ASCII below 150 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
        assert.match(asReasonPhrase(text), /^[\x20-\x7e]{0,149}$/)
      }),
    )
    assert.equal(asReasonPhrase('a\r\nSet-Cookie: b'), 'a Set-Cookie: b')
  })

  it('stays one line in the log, whatever was asked for', () => {
    const line = formatAccess({
      method: 'GET',
      target: 'http://a\nb',
      status: 502,
      bytes: 0,
      seconds: 0.5,
      phrase: 'p',
    })
    assert.equal(line, 'GET http://a?b 502 0B 0.500s p')
  })
})

describe('what a bridge logs of a request', () => {
  it('says where it went, and not with what: no query, and no password', () => {
    for (const [sent, shown] of [
      ['/sd/targets?token=SECRET', '/sd/targets?…'],
      ['http://a-b:80/metrics?token=SECRET?x', 'http://a-b:80/metrics?…'],
      ['http://a-b:80/metrics?to\nken=SECRET', 'http://a-b:80/metrics?…'],
      ['http://u:SECRET@a-b:80/metrics', 'http://…@a-b:80/metrics'],
      ['u:SECRET@a-b:80', '…@a-b:80'],
      ['http://a-b:80/x@y', 'http://a-b:80/x@y'],
    ] as const)
      assert.equal(shownTarget(sent), shown)
    const line = formatAccess({ method: 'GET', target: shownTarget('/a?b'), status: 200, bytes: 0, seconds: 0 })
    assert.equal(line, 'GET /a?… 200 0B 0.000s')
  })
})

describe('the time that a request has', () => {
  it('is what Prometheus grants, less a margin to hear the answer in', () => {
    assert.deepEqual(
      ['10', '4', '2', '0.5', undefined, 'x', '-1', '1e9', '999999'].map(header => budgetMsOf(header, 4500)),
      [9500, 3600, 1700, 250, 4500, 4500, 4500, 4500, 299_500],
    )
  })

  it('ends all waiting, with what it was waited for', async () => {
    const budget = startBudget(
      20,
      () => performance.now(),
      () => 'the service',
    )
    const error = await failureOf(budget.within(new Promise(() => {})))
    assert.ok(error instanceof Refusal)
    assert.deepEqual([error.answer.status, error.answer.phrase], [504, 'zprom: the service: not done within 20 ms'])
    assert.equal(await failureOf(budget.within(new Promise(() => {}))), error)
    assert.equal(
      await startBudget(
        5000,
        () => 0,
        () => '',
      ).within(Promise.resolve(7)),
      7,
    )
  })
})

describe('headers through a bridge', () => {
  it('lose what is about one connection only, and what Connection names', () => {
    const sent = [
      ...['Accept', 'a'],
      ...['Connection', 'close, X-Own'],
      ...['x-own', '1'],
      ...['Keep-Alive', '5'],
      ...['Proxy-Authorization', 'secret'],
      ...['Transfer-Encoding', 'chunked'],
      ...['TE', 't'],
      ...['Upgrade', 'h2c'],
    ]
    assert.deepEqual(endToEnd(sent), ['Accept', 'a'])
  })

  it('keep case, order and repetitions, with the service as host', () => {
    const sent = [
      'host',
      'a-b:80',
      'X-A',
      '1',
      'Accept-Encoding',
      'gzip',
      'X-A',
      '2',
      'Authorization',
      't',
      'Content-Length',
      '3',
    ]
    assert.deepEqual(requestHeaders(sent, 'svc'), [
      ...['Host', 'svc', 'X-A', '1', 'Accept-Encoding', 'gzip', 'X-A', '2', 'Authorization', 't'],
    ])
  })

  it('redirect within the target only', () => {
    const hosts = ['a.svc', 'a.svc-id']
    for (const [location, path] of [
      ['/x?y', '/x?y'],
      ['x', 'x'],
      ['http://a.svc/x', '/x'],
      ['http://A.svc-id:80/x', '/x'],
      ['http://a.svc', '/'],
    ] as const)
      assert.equal(redirectWithin(location, hosts), path, location)
    const away = [
      'http://b/x',
      'https://a.svc/',
      '//b/x',
      '/\\b',
      'http://a.svc@b/',
      'http://a.svc\\@b/',
      ' /x',
      'file:x',
    ]
    for (const location of away) assert.equal(redirectWithin(location, hosts), undefined, location)
    assert.equal(redirectWithin('http://a.svc//b', hosts), undefined)
  })
})

describe('the token of a bridge', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

  it('is taken as a password, as a bearer, and bare, as Prometheus 2.42 sends it', () => {
    for (const header of [basic('prom:tok'), basic(':tok'), 'Bearer tok', 'bearer  tok', 'tok'])
      assert.ok(holdsToken(header, 'tok'), header)
    assert.ok(holdsToken(basic('prom:a:b'), 'a:b'))
  })

  it('is nothing else', () => {
    for (const header of [
      undefined,
      '',
      'Basic',
      'Bearer',
      basic('tok:'),
      basic('tok:x'),
      'Bearer to',
      'Digest tok',
      'tok tok',
    ])
      assert.ok(!holdsToken(header, 'tok'), header)
    fc.assert(fc.property(fc.string(), text => void holdsToken(text, 'tok')))
  })
})

describe('the host by which a bridge without a token is asked for its pages', () => {
  it('is an address or localhost, which nobody else can have lead to it', () => {
    for (const host of [
      '127.0.0.1',
      '127.0.0.1:17777',
      '10.1.2.3:80',
      'localhost',
      'LocalHost:1',
      '[::1]',
      '[::1]:17777',
    ])
      assert.ok(isFixedHost(host), host)
    const names = [
      '',
      'attacker.example',
      'attacker.example:17777',
      'localhost.attacker.example',
      '127.0.0.1.attacker.example',
    ]
    for (const host of [
      ...names,
      'x@localhost',
      '::1',
      '[localhost]',
      '[127.0.0.1]',
      '127.0.0.1:80:80',
      '1',
      'localhost ',
    ])
      assert.ok(!isFixedHost(host), host)
  })
})

describe('the address that a bridge listens on', () => {
  it('is a loopback, or any with a token', () => {
    assert.deepEqual(readListen('127.0.0.1:0', false), { host: '127.0.0.1', port: 0 })
    assert.deepEqual(readListen('localhost:17777', false), { host: '127.0.0.1', port: 17777 })
    assert.deepEqual(readListen('[::1]:80', false), { host: '::1', port: 80 })
    assert.deepEqual(readListen('0.0.0.0:80', true), { host: '0.0.0.0', port: 80 })
    for (const open of ['0.0.0.0:80', '[::]:80', '10.0.0.1:80']) assert.throws(() => readListen(open, false), /whoever/)
    for (const wrong of ['17777', ':80', '1.2.3.4', 'host.example:80', '127.0.0.1:99999', '127.0.0.1.evil:80'])
      assert.throws(() => readListen(wrong, true), /--listen/, wrong)
  })
})
