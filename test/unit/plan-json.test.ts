import assert from 'node:assert/strict'
import type { Wanted } from '../../src/model/entity.js'
import { makePlan } from '../../src/plan/index.js'
import { planToJson } from '../../src/report/json.js'
import { emptySnapshot, inputsOf } from '../support/plan-builder.js'

describe('a plan under --json', () => {
  it('hides what is secret in what is to be made, as in what is to be changed', () => {
    const config: Wanted = {
      kind: 'config',
      name: 'lab',
      origin: 'target/lab',
      fields: {
        configType: 'host.v1',
        data: { address: 'https://joe:hunter2@lab.example', port: 80, httpChecks: [{ headers: { a: 'hunter2' } }] },
      },
    }
    const topology = { stack: 'lab', entities: [config], enrollments: [] }
    const [step] = planToJson(makePlan(inputsOf({}, { topology, snapshot: emptySnapshot() }))).steps
    assert.ok(step?.action === 'create')
    assert.deepEqual(step.fields, {
      configType: 'host.v1',
      data: { address: 'https://<hidden>@lab.example', port: 80, httpChecks: [{ headers: '<hidden>' }] },
    })
  })
})
