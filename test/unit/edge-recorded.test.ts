import assert from 'node:assert/strict'
import { keys, readBool, readI32, readString, readU32, types } from '../../src/edge/headers.js'
import { createFrameReader, encodeMessage, type Message } from '../../src/edge/wire.js'

// What edge routers sent, byte for byte: to a hello, to a Connect (and the host's first message), to a Connect with an id
// that is in use.
const recorded = {
  '0.28': [
    '0306090c02000000ffffffff6300000000000000020000000100000001040000002900000076302e302e307c656467652d76302e32342e3334387c756e6b6e6f776e7c6c696e75787c616d64363400000000040000006f585a6a08000000090000006971624d69466671630100000004000000ffffffff',
    '0306090c70ed0000010000005800000000000000e90300000400000000000000eb03000020000000344014a5670772f21dcd38533f39f0138a7866e7e094eef4a64a56a542344d534d0400000400000000000000010000000400000001000000e80300000400000007000000',
    '0306090c72ed0000020000001800000018000000e80300000400000007000000e903000004000000010000004caf49d2ecc3988ee13c5949e1ae9e7d250c09eaf6b68e79',
    '0306090c71ed0000030000002400000018000000e80300000400000007000000e9030000040000000000000001000000040000000200000073696e6b206964203720616c726561647920696e20757365',
  ],
  '2.0.3': [
    '0306090c02000000ffffffff79000000000000000100000004000000ffffffff020000000100000001040000002c00000076322e302e337c6c6f63616c7c323032302d30312d30312030313a30313a30317c6c696e75787c616d64363400040000010000000108040000010000000100000000040000007844326c080000000a000000626a5179764147484742',
    '0306090c70ed0000010000006a00000000000000eb03000020000000f66a8913a32aa2b998868836a3375a0f9f07c16e06ea7bc6117f6698c2fb8b6e0100000004000000010000004d0400000400000000000000e803000004000000070000000204000016000000336b754152654461484e7259746b3874315768546478',
    '0306090c72ed0000020000000c00000018000000e803000004000000070000003fd9ffef69660ec1ee54074c987d7aa1e2d4956e9d2d5ed0',
    '0306090c71ed0000030000001800000018000000e8030000040000000700000001000000040000000200000073696e6b206964203720616c726561647920696e20757365',
  ],
} as const

describe('what edge routers really sent', () => {
  for (const [version, frames] of Object.entries(recorded)) {
    it(`is understood: ${version}`, () => {
      const bytes = Buffer.from(frames.join(''), 'hex')
      const [hello, connected, data, closed] = createFrameReader().push(bytes)
      assert.ok(hello !== undefined && connected !== undefined && data !== undefined && closed !== undefined)
      assert.deepEqual([hello.type, hello.sequence, readI32(hello.headers, keys.replyFor)], [types.result, -1, -1])
      assert.ok(readBool(hello.headers, keys.resultSuccess))
      assert.match(readString(hello.headers, keys.version) ?? '', /^v\d+\.\d+\.\d+\|.*\|linux\|amd64$/)
      assert.equal(readBool(hello.headers, keys.supportsBindSuccess), version === '2.0.3')
      assert.deepEqual([connected.type, readI32(connected.headers, keys.replyFor)], [types.stateConnected, 1])
      assert.equal(connected.headers.get(keys.publicKey)?.length, 32)
      assert.deepEqual([data.type, data.body.length], [types.data, 24])
      assert.deepEqual([closed.type, closed.body.toString()], [types.stateClosed, 'sink id 7 already in use'])
      for (const { headers } of [connected, data, closed]) assert.equal(readU32(headers, keys.connId), 7)
    })

    it(`is what would be written for it: ${version}`, () => {
      for (const frame of frames) {
        const [message] = createFrameReader().push(Buffer.from(frame, 'hex'))
        assert.ok(message !== undefined)
        assert.equal(encodeMessage(message satisfies Message).toString('hex'), frame)
      }
    })
  }
})
