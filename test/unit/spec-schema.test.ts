import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { specJsonSchema } from '../../src/spec/schema.js'
import { specArbitrary } from '../support/spec-builder.js'

describe('the JSON Schema of zprom.yaml', () => {
  it('is the committed file (npx tsx scripts/generate-schemas.ts)', () => {
    const file = new URL('../../schemas/zprom.schema.json', import.meta.url)
    assert.equal(readFileSync(file, 'utf8'), `${JSON.stringify(specJsonSchema(), null, 2)}\n`)
  })

  it('accepts every valid spec', () => {
    const validate = new Ajv2020().compile(specJsonSchema())
    fc.assert(fc.property(specArbitrary, input => assert.ok(validate(input), JSON.stringify(validate.errors))))
  })

  it('refuses an unknown key, a wrong word and a cluster name with a hyphen', () => {
    const validate = new Ajv2020().compile(specJsonSchema())
    assert.equal(validate({ cluster: [] }), false)
    assert.equal(validate({ clusters: [{ name: 'kubeA', prometheus: 'tunnelled' }] }), false)
    assert.equal(validate({ clusters: [{ name: 'kube-a', prometheus: 'dark' }] }), false)
  })

  it('describes every key', () => {
    const undescribed: string[] = []
    const walk = (node: ReturnType<typeof specJsonSchema>, path: string): void => {
      if (node.description === undefined) undescribed.push(path)
      for (const [key, child] of Object.entries(node.properties ?? {})) {
        if (typeof child !== 'boolean') walk(child, `${path}.${key}`)
      }
    }
    walk(specJsonSchema(), '')
    assert.deepEqual(undescribed, [])
  })
})
