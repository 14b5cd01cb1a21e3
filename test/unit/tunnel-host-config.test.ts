import assert from 'node:assert/strict'
import { EdgeError } from '../../src/edge/index.js'
import { UsageError } from '../../src/errors.js'
import { backendOf, readAppData, readHostConfig, writeAppData } from '../../src/tunnel/index.js'

const tcp = { protocol: 'tcp', address: 'db', port: 5432 }
const read = (raw: object) => readHostConfig('s', { ...raw }, 'me')
const dial = (raw: object, host: string, port: number) =>
  backendOf(read(raw), readAppData(writeAppData({ host, port })))

describe('a host.v1 config', () => {
  it('says where calls go, by default without an identity and within five seconds', () => {
    assert.deepEqual(read(tcp), { protocol: 'tcp', address: 'db', port: 5432, connectTimeoutMs: 5000, ignored: [] })
    assert.deepEqual(dial(tcp, 'other', 1), { protocol: 'tcp', host: 'db', port: 5432 })
  })

  it('says how the service is offered', () => {
    const listenOptions = { cost: 7, precedence: 'required', identity: 'one', connectTimeout: '1m30s' }
    const { identity, cost, precedence, connectTimeoutMs } = read({ ...tcp, listenOptions })
    assert.deepEqual([identity, cost, precedence, connectTimeoutMs], ['one', 7, 'required', 90_000])
    const identityOf = (options: object) => read({ ...tcp, listenOptions: options }).identity
    assert.equal(identityOf({ bindUsingEdgeIdentity: true, identity: 'x' }), 'me')
    assert.equal(identityOf({ identity: 'at-$tunneler_id.name' }), 'at-me')
    assert.equal(identityOf({ bindUsingEdgeIdentity: false, identity: '' }), undefined)
    assert.throws(() => identityOf({ identity: '$tunneler_id.tag[x]' }), /\$tunneler_id\.tag\[x\], which zprom can't/)
    assert.equal(read({ ...tcp, listenOptions: { connectTimeoutSeconds: 2 } }).connectTimeoutMs, 2000)
  })

  it('can forward the address and the port that were dialled, if they are allowed', () => {
    const forward = {
      forwardProtocol: true,
      allowedProtocols: ['tcp', 'udp'],
      forwardAddress: true,
      allowedAddresses: ['Exact.example', '*.wild.example', '10.0.0.0/8', 'fd00::/16', '192.0.2.1'],
      forwardPort: true,
      allowedPortRanges: [
        { low: 80, high: 90 },
        { low: 443, high: 443 },
      ],
    }
    for (const host of ['exact.example', 'a.wild.example', 'wild.example', '10.9.8.7', 'fd00::9', '192.0.2.1'])
      assert.deepEqual(dial(forward, host, 85), { protocol: 'tcp', host, port: 85 }, host)
    for (const host of ['other.example', 'notwild.example', '11.0.0.1', 'fe80::1', '192.0.2.2'])
      assert.throws(() => dial(forward, host, 85), /the address .* is not among the allowed ones/, host)
    assert.throws(() => dial(forward, 'exact.example', 91), /the port 91 is not in the allowed ranges/)
    assert.throws(() => backendOf(read(forward), {}), /does not say which address/)
  })

  it('says which protocol its calls are of, or lets the caller say it', () => {
    const protocolOf = (raw: object, protocol?: string) =>
      backendOf(read({ address: 'db', port: 53, ...raw }), protocol === undefined ? {} : { protocol }).protocol
    assert.deepEqual([protocolOf({ protocol: 'udp' }), protocolOf({ protocol: 'udp' }, 'udp')], ['udp', 'udp'])
    assert.throws(
      () => protocolOf({ protocol: 'udp' }, 'tcp'),
      /the protocol tcp is not among the allowed ones \(udp\)/,
    )
    assert.throws(() => protocolOf({ protocol: 'tcp' }, 'udp'), EdgeError)
    const both = { forwardProtocol: true, allowedProtocols: ['udp', 'tcp'] }
    assert.deepEqual([protocolOf(both), protocolOf(both, 'udp'), protocolOf(both, 'tcp')], ['tcp', 'udp', 'tcp'])
    assert.throws(() => protocolOf(both, 'sctp'), /the protocol sctp is not among the allowed ones \(udp, tcp\)/)
    assert.equal(protocolOf({ forwardProtocol: true, allowedProtocols: ['udp'] }), 'udp')
  })

  it('can name a proxy of HTTP, through which streams go and nothing else', () => {
    const proxied = (address: string, raw: object = tcp) => read({ ...raw, proxy: { type: 'http', address } })
    assert.deepEqual(proxied('proxy.example:3128').proxy, { host: 'proxy.example', port: 3128 })
    assert.deepEqual(proxied('[fd00::1]:80').proxy, { host: 'fd00::1', port: 80 })
    const both = { ...tcp, forwardProtocol: true, allowedProtocols: ['udp', 'tcp'] }
    assert.throws(
      () => backendOf(proxied('p:1', both), { protocol: 'udp' }),
      /the protocol udp is not among the allowed ones \(tcp\)/,
    )
    for (const address of ['proxy', 'http://p:1', 'p:0', 'p:70000', 'a:b:1', '', undefined])
      assert.throws(() => read({ ...tcp, proxy: { type: 'http', address } }), /something else than HOST:PORT/, address)
  })

  it('can translate the address that was forwarded, by the longest prefix', () => {
    const translating = {
      ...tcp,
      address: undefined,
      forwardAddress: true,
      allowedAddresses: ['10.0.0.0/8', 'fd00::/16', 'name.example'],
      forwardAddressTranslations: [
        { from: '10.0.0.0', to: '192.168.0.0', prefixLength: 16 },
        { from: '10.0.0.4', to: '1.2.3.4', prefixLength: 32 },
        { from: '10.7.7.0', to: '172.16.5.128', prefixLength: 25 },
        { from: 'fd00::', to: '2001:db8::', prefixLength: 32 },
      ],
    }
    for (const [dialled, host] of [
      ['10.0.3.9', '192.168.3.9'],
      ['10.0.0.4', '1.2.3.4'],
      ['10.7.7.5', '172.16.5.133'],
      ['10.9.0.1', '10.9.0.1'],
      ['fd00:0:1::7', '2001:db8:1:0:0:0:0:7'],
      ['name.example', 'name.example'],
    ] as const)
      assert.equal(dial(translating, dialled, 80).host, host, dialled)
    assert.throws(() => dial(translating, '192.168.3.9', 80), /not among the allowed ones/)
  })

  it('is refused for what zprom does not do, and says which', () => {
    const refused: readonly (readonly [object, RegExp])[] = [
      [{ ...tcp, protocol: 'sctp' }, /is for sctp, and zprom carries tcp and udp alone/],
      [
        { ...tcp, protocol: undefined, forwardProtocol: true, allowedProtocols: ['sctp'] },
        /allows neither tcp nor udp/,
      ],
      [{ ...tcp, protocol: 'udp', proxy: { type: 'http', address: 'p:1' } }, /datagrams through an HTTP proxy/],
      [{ ...tcp, proxy: { type: 'socks5', address: 'p:1' } }, /a proxy of type socks5, and zprom knows http alone/],
      [
        {
          ...tcp,
          forwardAddress: true,
          allowedAddresses: ['*'],
          forwardAddressTranslations: [{ from: '10.0.0.0', to: 'fd00::', prefixLength: 8 }],
        },
        /translates addresses in a way that is none/,
      ],
      [{ ...tcp, address: undefined }, /has no address/],
      [{ ...tcp, port: 0 }, /has no port/],
      [{ ...tcp, forwardPort: true }, /forwards ports and allows none/],
      [
        { ...tcp, forwardAddress: true, allowedAddresses: ['10.0.0.0/99'] },
        /allows 10\.0\.0\.0\/99, which is no network/,
      ],
    ]
    for (const [raw, message] of refused)
      assert.throws(
        () => read(raw),
        (error: unknown) => error instanceof UsageError && message.test(error.message) && /--to/.test(error.hint ?? ''),
        JSON.stringify(raw),
      )
  })

  it('tells what it asks for that is not done, though the service works', () => {
    const { ignored } = read({ ...tcp, portChecks: [{}], httpChecks: [{}], allowedSourceAddresses: ['10.0.0.1'] })
    assert.equal(ignored.length, 2)
    assert.match(ignored[0] ?? '', /portChecks and httpChecks/)
  })

  it('reads of a call only what a tunneler writes', () => {
    assert.deepEqual(readAppData(writeAppData({ host: '10.0.0.1', port: 1 })), {
      protocol: 'tcp',
      ip: '10.0.0.1',
      port: '1',
    })
    for (const text of ['', '{', '[]', 'null', '"x"', '{"dst_port":80,"__proto__":{"dst_ip":"1"}}'])
      assert.deepEqual(readAppData(Buffer.from(text)), {}, text)
    assert.deepEqual(readAppData(undefined), {})
  })
})
