import assert from 'node:assert/strict'
import { acceptedEncoding } from '../../src/controller/encoding.js'

describe('an answer of the controller', () => {
  it('is asked for packed when it is a list and comes from another machine', () => {
    for (const url of [
      'https://ctrl.example:1280',
      'https://10.0.0.7',
      'https://[fd00::1]:1280',
      'https://localhost.example',
    ])
      assert.equal(acceptedEncoding(url, true), 'gzip', url)
  })

  it('is asked for as it is from this machine, for packing takes longer than the way', () => {
    for (const url of ['https://localhost:1280', 'https://127.0.0.1:1280', 'https://[::1]:1280'])
      assert.equal(acceptedEncoding(url, true), 'identity', url)
  })

  it('is asked for as it is when it is one document', () => {
    assert.equal(acceptedEncoding('https://ctrl.example:1280', false), 'identity')
  })
})
