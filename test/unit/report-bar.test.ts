import assert from 'node:assert/strict'
import { canDraw } from '../../src/cli/progress.js'
import type { Address } from '../../src/model/entity.js'
import { createBar, formatBar } from '../../src/report/bar.js'
import type { Event } from '../../src/report/events.js'
import { createHumanListener } from '../../src/report/human.js'

const wipe = '\r\u001b[2K'

// The last line of a terminal, as what is written leaves it, and the lines above.
function createScreen(columns: number) {
  const above: string[] = []
  let last = ''
  const bar = createBar({
    write: text => {
      assert.ok(text.startsWith(wipe))
      last = text.slice(wipe.length)
      assert.doesNotMatch(last, /\p{Cc}/u)
      assert.ok(last.length < columns, 'it would wrap')
    },
    columns: () => columns,
    lines: createHumanListener(line => {
      assert.equal(last, '', 'a line was written into the bar')
      above.push(line)
    }),
  })
  return { ...bar, above, last: () => last }
}

const address = (name: string): Address => `service/${name}`
const started = (name: string): Event => ({
  type: 'step-started',
  address: address(name),
  action: 'create',
  done: 0,
  total: 3,
})
const ended = (name: string, done: number, total: number, result: 'done' | 'failed' = 'done'): Event => ({
  type: 'step-ended',
  outcome: {
    address: address(name),
    action: 'create',
    result,
    durationMs: 1,
    ...(result === 'failed' && { detail: 'no' }),
  },
  done,
  total,
})

describe('the bar', () => {
  it('says how much is done and what has been in work longest, and is gone at the end', () => {
    const { listener, last, above } = createScreen(80)
    for (const event of [started('a'), started('b'), started('c')]) listener(event)
    assert.equal(last(), '[--------------------] 0/3  create service/a and 2 more')
    listener(ended('b', 1, 3))
    assert.equal(last(), '[######--------------] 1/3  create service/a and 1 more')
    listener(ended('a', 2, 3))
    assert.equal(last(), '[#############-------] 2/3  create service/c')
    listener(ended('c', 3, 3))
    assert.equal(last(), '')
    assert.deepEqual(above, [])
  })

  it('lets failures and warnings scroll by above it', () => {
    const { listener, last, above } = createScreen(80)
    listener({ type: 'observed', entities: 2, requests: 3 })
    listener(started('a'))
    listener(ended('a', 1, 3, 'failed'))
    listener({ type: 'warning', text: 'slow' })
    assert.deepEqual(above, ['read 2 entities in 3 requests', 'failed create service/a: no', 'warning: slow'])
    assert.equal(last(), '[######--------------] 1/3')
  })

  it('never wraps, however narrow the terminal is', () => {
    for (const columns of [1, 10, 30]) {
      const { listener } = createScreen(columns)
      listener(started('a-name-that-is-long'))
      listener(started('another'))
      listener(ended('another', 1, 2))
    }
  })

  it('keeps its counts in one place', () => {
    assert.equal(formatBar(7, 320, []), '[--------------------]   7/320')
  })

  it('is drawn at a terminal alone, and not in CI or where plain text is asked for', () => {
    assert.equal(canDraw(true, { TERM: 'xterm' }), true)
    assert.equal(canDraw(false, { TERM: 'xterm' }), false)
    for (const env of [{ CI: 'true' }, { NO_COLOR: '1' }, { TERM: 'dumb' }]) assert.equal(canDraw(true, env), false)
  })
})
