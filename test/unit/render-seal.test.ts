import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { quoteWord } from '../../src/model/shell-word.js'
import { isSealed, seal } from '../../src/render/seal.js'

describe('the seal of an artefact', () => {
  it('holds for what zprom made, and for nothing that was changed since', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), fc.nat(), (body, script, at) => {
        const made = seal(`${script ? '#!/bin/sh\n' : ''}${body}\n`)
        assert.ok(isSealed(made))
        const place = at % (made.length + 1)
        assert.ok(!isSealed(`${made.slice(0, place)}%${made.slice(place)}`))
      }),
    )
  })

  it('is no seal when a person wrote the file', () => {
    assert.ok(!isSealed('serviceName: x\n'))
    assert.ok(!isSealed(''))
  })

  it('stands below the first line of a script, which must stay first', () => {
    assert.match(seal('#!/bin/sh\nexit\n'), /^#!\/bin\/sh\n# Made by zprom; .*\nexit\n$/)
  })
})

describe('a word for a shell', () => {
  it('is one argument with the same text, whatever is in it', () => {
    const words = fc.sample(
      fc.string({ minLength: 1 }).filter(word => !word.includes('\0')),
      60,
    )
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(quoteWord).join(' ')}`], { encoding: 'utf8' })
    assert.deepEqual(stdout.split('\0').slice(0, -1), words)
  })
})
