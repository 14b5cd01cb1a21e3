import assert from 'node:assert/strict'
import fc from 'fast-check'
import { scrapersOf } from '../../src/expand/index.js'
import { scrapeTargetsOf } from '../../src/expand/scrape-targets.js'
import { addScrape, removeScrape } from '../../src/spec/edit-scrapes.js'
import { parseSpec } from '../../src/spec/parse.js'
import { assertKept, assertOnlyLost, commentsOf } from '../support/kept.js'
import { layoutArbitrary, scrapingSpecArbitrary } from '../support/spec-builder.js'

const file = 'zprom.yaml'

describe('an edit of what is scraped, in any layout', () => {
  const specs = scrapingSpecArbitrary.chain(input => layoutArbitrary(input))
  const choice = fc.record({ reader: fc.nat(), target: fc.nat() })
  const choose = (text: string, { reader, target }: { reader: number; target: number }) => {
    const spec = parseSpec(text, file)
    const readers = scrapersOf(spec)
    const targets = scrapeTargetsOf(spec)
    return {
      reader: readers[reader % readers.length]?.name ?? assert.fail(),
      target: targets[target % targets.length]?.name ?? assert.fail(),
    }
  }
  const jobsOf = (text: string, reader: string) =>
    scrapersOf(parseSpec(text, file)).find(({ name }) => name === reader)?.jobs ?? assert.fail()
  const othersOf = (text: string, reader: string) =>
    scrapersOf(parseSpec(text, file)).filter(one => one.name !== reader)

  it('adds the job at the end, keeps all else, does nothing the second time, and undoes it', () => {
    fc.assert(
      fc.property(specs, choice, (text, numbers) => {
        const { reader, target } = choose(text, numbers)
        const scrape = { target, interval: '7s', job: 'the.new.job' }
        const before = jobsOf(text, reader)
        if (before.some(job => job.target.name === target)) return
        const edited = addScrape(text, { reader, scrape }, file)
        const [added, ...rest] = jobsOf(edited.text, reader).toReversed()
        assert.deepEqual([added?.name, added?.interval, added?.target.name], ['the.new.job', '7s', target])
        assert.deepEqual(rest.toReversed(), before)
        assert.deepEqual(othersOf(edited.text, reader), othersOf(text, reader))
        assertKept(text, edited)
        assert.deepEqual(addScrape(edited.text, { reader, scrape }, file), { text: edited.text, changed: false })
        const undone = removeScrape(edited.text, { reader, target }, file)
        assert.deepEqual([jobsOf(undone.text, reader), commentsOf(undone.text)], [before, commentsOf(text)])
      }),
      { numRuns: 25 },
    )
  })

  it('removes the job, keeps all else, and does nothing the second time', () => {
    fc.assert(
      fc.property(specs, choice, (text, numbers) => {
        const { reader, target } = choose(text, numbers)
        const before = jobsOf(text, reader)
        const edited = removeScrape(text, { reader, target }, file)
        assert.deepEqual(
          jobsOf(edited.text, reader),
          before.filter(job => job.target.name !== target),
        )
        assert.deepEqual(othersOf(edited.text, reader), othersOf(text, reader))
        assert.deepEqual(removeScrape(edited.text, { reader, target }, file), { text: edited.text, changed: false })
      }),
      { numRuns: 25 },
    )
  })

  it('removes from a list that is written without a change to any other line', () => {
    fc.assert(
      fc.property(specs, choice, (text, numbers) => {
        const { reader, target } = choose(text, numbers)
        const spec = parseSpec(text, file)
        const holder = reader === 'local' ? spec.local : spec.clusters.find(({ name }) => name === reader)
        const items = holder?.scrape?.filter(scrape => scrape.target === target) ?? []
        if (items.length === 0) return
        const edited = removeScrape(text, { reader, target }, file)
        if (/[[{]/.test(text)) return
        assertOnlyLost(text, edited, new RegExp(`-|${target.replaceAll('.', '\\.')}|interval|job`))
        const isWord = Object.keys(items[0] ?? {}).length === 2
        // A comment that goes stood behind the word.
        if (isWord)
          assert.ok(commentsOf(text).length - commentsOf(edited.text).length <= 1, `${text}\n->\n${edited.text}`)
      }),
      { numRuns: 40 },
    )
  })
})
