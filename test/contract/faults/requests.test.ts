import assert from 'node:assert/strict'
import { type Clean, cleanRun, type Fault, type FaultCase, faults, runCase } from '../../support/fault-matrix.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../../support/overlay.js'
import { requires } from '../../support/requires.js'
import { rollDice } from '../../support/seeded.js'

// By default every request meets one fault, in rotation. `all` tries every fault on every request, once and for good; names
// of faults with commas between, such as `401,hang`, try these.
const wanted = process.env.ZPROM_TEST_FAULTS
// One controller each: the Prometheus of a machine has the same names in every stack.
const workers = 2

describe('a fault at any request of a run', function () {
  // The whole of it takes half an hour where nothing else runs.
  this.timeout(wanted === undefined ? 1_800_000 : 7_200_000)
  const overlays: TestOverlay[] = []
  let clean: Clean
  before(async function () {
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    overlays.push(...(await Promise.all(Array.from({ length: workers }, () => freshOverlay({ noRouter: true })))))
    const [first] = overlays
    assert.ok(first !== undefined)
    clean = await cleanRun(first)
  })
  after(() => Promise.all(overlays.map(overlay => overlay.stop())))

  it('is told with the right exit code and the address, and the next run ends where a clean one does', async () => {
    const cases = wanted === undefined ? sampleOf(clean.requests) : allCases(clean.requests, faultsNamed(wanted))
    const left = [...cases]
    const failures: { readonly one: FaultCase; readonly error: Error }[] = []
    const work = async (overlay: TestOverlay) => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const now = one
        await runCase(overlay, clean, now).catch(error => failures.push({ one: now, error }))
      }
    }
    const began = performance.now()
    await Promise.all(overlays.map(work))
    print(cases, failures, (performance.now() - began) / 1000)
    const [first] = failures
    assert.ok(
      first === undefined,
      `${failures.length} of ${cases.length} did not survive; one of them: ${first?.error}`,
    )
  })
})

const names = Object.keys(faults) as Fault[]

function faultsNamed(list: string): Fault[] {
  const asked = list.split(',').map(name => name.trim())
  const unknown = asked.filter(name => name !== 'all' && !names.some(one => one === name))
  assert.deepEqual(unknown, [], `ZPROM_TEST_FAULTS is all, or of ${names.join(', ')}`)
  return names.filter(name => asked.includes('all') || asked.includes(name))
}

function allCases(requests: number, some: readonly Fault[]): FaultCase[] {
  return numbers(requests).flatMap(request =>
    some.flatMap(fault => (['once', 'for good'] as const).map(mode => ({ request, fault, mode }))),
  )
}

// In rotation from a random beginning, so that runs of the suite complete each other.
function sampleOf(requests: number): FaultCase[] {
  const from = rollDice('faults in rotation').below(2 * names.length)
  return numbers(requests).map(request => {
    const turn = request + from
    const fault = names[turn % names.length] ?? 'hang'
    return { request, fault, mode: Math.floor(turn / names.length) % 2 === 0 ? 'once' : 'for good' }
  })
}

function numbers(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index + 1)
}

function print(cases: readonly FaultCase[], failures: readonly { readonly one: FaultCase }[], seconds: number): void {
  const lost = new Set(failures.map(({ one }) => one))
  const rows = names.flatMap(fault =>
    (['once', 'for good'] as const).map(mode => {
      const some = cases.filter(one => one.fault === fault && one.mode === mode)
      return `${fault} ${mode}: ${some.filter(one => !lost.has(one)).length} of ${some.length}`
    }),
  )
  const extent = wanted ?? 'a sample that has every request; scripts/test --all-faults for all'
  process.stderr.write(
    `      ${cases.length} cases (${extent}), ${cases.length - failures.length} survived, ${seconds.toFixed(0)} s\n` +
      rows.map(row => `        ${row}\n`).join(''),
  )
}
