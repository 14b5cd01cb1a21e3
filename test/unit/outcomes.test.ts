import assert from 'node:assert/strict'
import { mergeOutcomes } from '../../src/flows/outcomes.js'
import type { Address } from '../../src/model/entity.js'
import type { Outcome } from '../../src/model/report.js'

describe('the outcomes of a run that looked a second time', () => {
  const outcome = (address: Address, result: Outcome['result'], action = 'create'): Outcome => ({
    address,
    action,
    result,
    durationMs: 1,
  })
  const resultsOf = (outcomes: readonly Outcome[]) => outcomes.map(({ address, result }) => `${address} ${result}`)

  it('are those of the second try where there was one', () => {
    const [first, second] = [[outcome('config/a', 'failed')], [outcome('config/a', 'done')]]
    assert.deepEqual(resultsOf(mergeOutcomes(first, second, new Set(['config/a']))), ['config/a done'])
  })

  it('are done for what the second look found as wanted, whatever was thought of it', () => {
    const [merged] = mergeOutcomes([outcome('config/a', 'failed')], [], new Set())
    assert.equal(merged?.result, 'done')
    assert.equal(merged?.detail, 'was there already')
  })

  it('stay as they were for what the second look found undone and did not try', () => {
    const first = [outcome('config/a', 'failed', 'delete'), outcome('config/b', 'skipped')]
    const left = new Set<Address>(['config/a', 'config/b'])
    assert.deepEqual(mergeOutcomes(first, [], left), first)
  })
})
