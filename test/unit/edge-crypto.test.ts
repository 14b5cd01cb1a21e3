import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { deriveKeys, type KeyPair, makeKeyPair } from '../../src/edge/crypto.js'
import { EdgeError } from '../../src/edge/errors.js'
import { loadSecretStreams } from '../../src/edge/secret-stream.js'

describe('the encryption of a connection', () => {
  before(() => sodium.ready)

  it('agrees on the keys that libsodium makes of the same pairs, on both sides', () => {
    for (let round = 0; round < 20; round++) {
      const [client, server] = [sodium.crypto_kx_keypair(), sodium.crypto_kx_keypair()]
      const ours = deriveKeys(pairOf(client), Buffer.from(server.publicKey), 'client')
      const theirs = sodium.crypto_kx_server_session_keys(server.publicKey, server.privateKey, client.publicKey)
      assert.deepEqual(ours.receive, Buffer.from(theirs.sharedTx))
      assert.deepEqual(ours.send, Buffer.from(theirs.sharedRx))
      const host = deriveKeys(pairOf(server), Buffer.from(client.publicKey), 'server')
      const caller = sodium.crypto_kx_client_session_keys(client.publicKey, client.privateKey, server.publicKey)
      assert.deepEqual(host.receive, Buffer.from(caller.sharedTx))
      assert.deepEqual(host.send, Buffer.from(caller.sharedRx))
    }
  })

  it('gives two sides of its own the same keys, the other way round, and others for another call', () => {
    const [client, server, other] = [makeKeyPair(), makeKeyPair(), makeKeyPair()]
    const one = deriveKeys(client, server.publicKey, 'client')
    const two = deriveKeys(server, client.publicKey, 'server')
    assert.deepEqual([one.send, one.receive], [two.receive, two.send])
    assert.notDeepEqual(one.send, deriveKeys(other, server.publicKey, 'client').send)
  })

  it('refuses what is no public key: other lengths, and points that make a secret which everybody knows', () => {
    const own = makeKeyPair()
    const smallOrder = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      `ec${'ff'.repeat(30)}7f`,
      `ed${'ff'.repeat(30)}7f`,
    ]
    const lengths = [0, 1, 31, 33, 64].map(length => Buffer.alloc(length, 9))
    for (const peer of [...smallOrder.map(text => Buffer.from(text, 'hex')), ...lengths]) {
      for (const side of ['client', 'server'] as const)
        assert.throws(() => deriveKeys(own, peer, side), isEncryptionFault, peer.toString('hex'))
    }
  })

  it('opens what libsodium sealed, and seals what libsodium opens', async () => {
    const streams = await loadSecretStreams()
    const key = Buffer.from(sodium.crypto_secretstream_xchacha20poly1305_keygen())
    const sealer = streams.sealer(key)
    const pull = sodium.crypto_secretstream_xchacha20poly1305_init_pull(sealer.header, key)
    const push = sodium.crypto_secretstream_xchacha20poly1305_init_push(key)
    const opener = streams.opener(key, Buffer.from(push.header))
    for (const length of [0, 1, 8, 15, 16, 17, 63, 64, 65, 32 * 1024]) {
      const plain = Buffer.alloc(length, length)
      const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(pull, sealer.seal(plain), null)
      assert.ok(opened !== false && Buffer.from(opened.message).equals(plain), `${length} bytes to libsodium`)
      const sealed = sodium.crypto_secretstream_xchacha20poly1305_push(push.state, plain, null, 0)
      assert.ok(opener.open(Buffer.from(sealed)).equals(plain), `${length} bytes from libsodium`)
    }
  })

  it('gives back any messages in their order', async () => {
    const { pair } = await newStream()
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), messages => {
        const { sealer, opener } = pair()
        for (const message of messages) {
          const plain = Buffer.from(message)
          assert.deepEqual(opener.open(sealer.seal(plain)), plain)
        }
      }),
    )
  })

  it('opens nothing that is out of order, missing, repeated, cut, longer, of another key, or changed by one bit', async () => {
    const { pair, otherKey, streams } = await newStream()
    const damages: Readonly<Record<string, (sealed: Buffer[]) => Buffer[]>> = {
      swapped: ([one, two]) => [two ?? none, one ?? none],
      missing: ([, two]) => [two ?? none],
      repeated: ([one]) => [one ?? none, one ?? none],
      cut: ([one]) => [(one ?? none).subarray(0, -1)],
      'cut to less than a seal': ([one]) => [(one ?? none).subarray(0, 16)],
      empty: () => [none],
      longer: ([one]) => [Buffer.concat([one ?? none, Buffer.alloc(1)])],
    }
    for (const [what, change] of Object.entries(damages)) {
      const { sealer, opener } = pair()
      const sealed = change(['one', 'two'].map(text => sealer.seal(Buffer.from(text))))
      assert.throws(() => sealed.map(piece => opener.open(piece)), isEncryptionFault, what)
    }
    for (let bit = 0; bit < (3 + 17) * 8; bit++) {
      const { sealer, opener } = pair()
      const sealed = sealer.seal(Buffer.from('abc'))
      sealed[bit >> 3] = (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.throws(() => opener.open(sealed), isEncryptionFault, `bit ${bit}`)
    }
    const { sealer } = pair()
    const stranger = streams.opener(otherKey, sealer.header)
    assert.throws(() => stranger.open(sealer.seal(Buffer.from('abc'))), isEncryptionFault)
  })

  it('begins only with a header of the right length', async () => {
    const { streams, otherKey } = await newStream()
    for (const length of [0, 23, 25, 41])
      assert.throws(() => streams.opener(otherKey, Buffer.alloc(length)), isEncryptionFault, `${length} bytes`)
  })
})

const none = Buffer.alloc(0)

async function newStream() {
  const streams = await loadSecretStreams()
  const [key, otherKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const pair = () => {
    const sealer = streams.sealer(key)
    return { sealer, opener: streams.opener(key, sealer.header) }
  }
  return { streams, otherKey, pair }
}

// libsodium's raw keys as node:crypto holds them (RFC 8410).
function pairOf({ publicKey, privateKey }: { publicKey: Uint8Array; privateKey: Uint8Array }): KeyPair {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey])
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const own = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(12)
  assert.deepEqual(own, Buffer.from(publicKey))
  return { publicKey: own, secret }
}

function isEncryptionFault(error: unknown): boolean {
  return error instanceof EdgeError && error.fault === 'encryption'
}
