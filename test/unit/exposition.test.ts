import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { readExposition } from '../../src/verify/exposition.js'

describe('the text of metrics', () => {
  it('is read as prom-client writes it, whatever is in its labels', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
        fc.double(),
        async (labels, number) => {
          const registers = [new Registry()]
          const counter = new Counter({ name: 'c_total', help: 'c', labelNames: ['l'], registers })
          for (const l of labels) counter.inc({ l })
          new Gauge({ name: 'g', help: 'g', registers }).set(Number.isFinite(number) ? number : 0)
          new Histogram({ name: 'h', help: 'h', registers }).observe(0.3)
          const read = readExposition((await registers[0]?.metrics()) ?? '')
          assert.ok('samples' in read, JSON.stringify(read))
        },
      ),
      { numRuns: 60 },
    )
  })

  for (const line of [
    'up 1',
    'up{} 1',
    'x{a="quote \\" and \\\\ and \\n"} +Inf',
    'x NaN',
    'x{le="0.5"} 1.5e-3',
    'x:y:z -Inf',
    'foo_bucket{le="1"} 8 # {trace_id="x"} 0.67',
  ])
    it(`has a sample in: ${line}`, () => {
      assert.deepEqual(readExposition(`# HELP x y\n# TYPE x counter\n${line}\n# EOF\n`), { samples: 1, metrics: 1 })
    })

  it('says when its newest sample was taken, in either unit', () => {
    const read = (text: string) => readExposition(text)
    assert.deepEqual(read('up{job="a",} 1 1395066363000\nup 2 1395066362000\nup 3'), {
      ...{ samples: 3, metrics: 1 },
      newestMs: 1_395_066_363_000,
    })
    assert.deepEqual(read('up 1 1395066363.5\n# EOF\n'), { samples: 1, metrics: 1, newestMs: 1_395_066_363_500 })
  })

  for (const [what, line] of Object.entries({
    'a page of HTML': '<html><body>404</body></html>',
    JSON: '{"status":"ok"}',
    'a value that is none': 'up one',
    'no value': 'up',
    'a label without quotes': 'up{job=a} 1',
    'a label that does not end': 'up{job="a 1',
    'a name that is none': '1up 1',
  }))
    it(`is refused for ${what}, with the line`, () => {
      const read = readExposition(`# HELP up y\nup 1\n${line}\n`)
      assert.ok('line' in read && read.line === 3, JSON.stringify(read))
    })

  it('is refused without a sample', () => {
    for (const text of ['', '\n', '# HELP a b\n# TYPE a gauge\n'])
      assert.deepEqual(readExposition(text), { line: 1, problem: 'there is no sample in it' })
  })

  it('is read in a time that grows with it alone', () => {
    const hostile = `up{${'a="b",'.repeat(20_000)}${'\\'.repeat(50_000)}`
    assert.ok('line' in readExposition(hostile))
    const gap = ' '.repeat(200_000)
    for (const text of [`up${gap}x`, `up{a="b"${gap}x`, `up{a="b",${gap}x`, `up 1${gap}x`, `up{a="b"} 1 2${gap}x`])
      assert.ok('line' in readExposition(text))
    for (const text of ['up{a="b" , } 1', 'up {a="b",c="d" } 1', 'up{ } 1', 'up{ a="b" } 1 2'])
      assert.ok('samples' in readExposition(text), text)
  })
})
