import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { expandSpec } from '../../src/expand/index.js'
import type { Wanted } from '../../src/model/entity.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { newPerson, type Person } from '../../test/support/cli.js'
import type { TestOverlay } from '../../test/support/overlay.js'
import { specOf } from '../../test/support/spec-builder.js'
import { openBareClient } from './bare-client.js'
import { onFreshOverlay } from './fresh.js'
import { type Measured, rowsOfScale } from './scale-rows.js'
import { formatMs, median, type Row } from './table.js'
import { type AppliedRun, applyZprom, runZprom, type ZpromRun } from './zprom-run.js'

// For a quicker look set a smaller number.
const clusters = Number(process.env.ZPROM_BENCH_CLUSTERS ?? 1000)
const sizes = [10, 30, 100, 300, 1000].filter(size => size < clusters).concat(clusters)
const probeClusters = Math.min(clusters, 50)
const degrees = [1, 2, 3, 4, 8, 16, 32]
// What takes a second is measured more often than what takes minutes.
const roundsOf = (size: number) => (size <= 30 ? 5 : size <= 100 ? 3 : 1)
const planRounds = 3

/**
 * Many clusters on a real controller, beside a client that does nothing but create them at its best concurrency, and one that
 * does nothing but read them. Every create is on a controller of its own, for a full one is slower.
 */
export async function measureScale(say: (line: string) => void): Promise<Row[]> {
  const best = await bestDegree(say)
  const results: Measured[] = []
  for (const size of sizes) {
    say(`${size} clusters, a bare client with ${best} requests at once and zprom in turn`)
    results.push(await measureSize(size, best, say))
  }
  return rowsOfScale(results, best)
}

async function bestDegree(say: (line: string) => void): Promise<number> {
  const { entities } = expandSpec(specOf(specFor(probeClusters)))
  const rates = new Map<number, number[]>(degrees.map(degree => [degree, []]))
  // In turn, so that whatever else the machine does falls on all of them alike.
  for (let round = 0; round < 2; round += 1) {
    for (const degree of degrees) {
      const ms = await onFreshOverlay(overlay => createBare(overlay, degree, entities))
      rates.get(degree)?.push((entities.length / ms) * 1000)
    }
  }
  const best = [...rates].map(([degree, of]) => ({ degree, rate: Math.max(...of) }))
  for (const { degree, rate } of best)
    say(`   a bare client with ${degree} at once: ${rate.toFixed(0)} creates per second`)
  return best.reduce((one, other) => (other.rate > one.rate ? other : one)).degree
}

async function createBare(overlay: TestOverlay, degree: number, entities: readonly Wanted[]): Promise<number> {
  const client = await openBareClient(overlay, degree)
  try {
    return await client.create(entities)
  } finally {
    client.close()
  }
}

async function measureSize(size: number, degree: number, say: (line: string) => void): Promise<Measured> {
  const spec = specFor(size)
  const { entities, enrollments } = expandSpec(specOf(spec))
  const bare: number[] = []
  const applies: AppliedRun[] = []
  const plans: Plans[] = []
  for (let round = 0; round < roundsOf(size); round += 1) {
    bare.push(await onFreshOverlay(overlay => createBare(overlay, degree, entities)))
    const { applied, planned } = await onFreshOverlay(overlay => runAsPerson(overlay, spec))
    applies.push(applied)
    plans.push(planned)
    say(`   bare ${formatMs(bare.at(-1) ?? 0)}; ${describeApply(applied)}; ${describePlan(planned)}`)
  }
  const middle = (of: (run: AppliedRun) => number) => median(applies.map(of))
  const middlePlan = (of: (plan: Plans) => number) => median(plans.map(of))
  return {
    clusters: size,
    entities: entities.length,
    enrollments: enrollments.length,
    bareMs: median(bare),
    createMs: middle(run => run.createMs),
    enrollMs: middle(run => run.enrollMs),
    restMs: middle(run => run.restMs),
    applyMs: middle(run => run.ms),
    applyCpuMs: middle(run => run.cpuMs),
    requests: middle(run => run.report.requests),
    readMs: middlePlan(plan => plan.readMs),
    planMs: middlePlan(plan => plan.planMs),
    startMs: middlePlan(plan => plan.startMs),
    startCpuMs: middlePlan(plan => plan.startCpuMs),
    peakMb: Math.max(...applies.map(run => run.peakMb), ...plans.map(plan => plan.peakMb)),
  }
}

async function runAsPerson(overlay: TestOverlay, spec: SpecInput) {
  const person = await newPerson()
  try {
    // Before: a login is kept, and used by every run after it.
    const login = ['login', overlay.url, '--username', overlay.username, '--password-file', overlay.passwordFile]
    await runZprom(person, [...login, '--ca', overlay.caFile])
    await person.write('zprom.yaml', stringify(spec))
    const applied = await applyZprom(person)
    return { applied, planned: await measurePlans(person, overlay) }
  } finally {
    await person.leave()
  }
}

type Plans = Pick<Measured, 'readMs' | 'planMs' | 'startMs' | 'startCpuMs' | 'peakMb'>

const readingChild = fileURLToPath(new URL('./reading-child.ts', import.meta.url))

// Each in a process of its own, in turn: what the lists take alone, a plan with nothing to do, and what starting it takes.
async function measurePlans(person: Person, overlay: TestOverlay): Promise<Plans> {
  const reads: number[] = []
  const plans: ZpromRun[] = []
  const starts: ZpromRun[] = []
  for (let round = 0; round < planRounds; round += 1) {
    reads.push(readBare(overlay))
    plans.push(await runZprom(person, ['plan', '--exit-code']))
    starts.push(await runZprom(person, ['plan', '--spec', 'absent.yaml'], 3))
  }
  return {
    readMs: median(reads),
    planMs: median(plans.map(({ ms }) => ms)),
    startMs: median(starts.map(({ ms }) => ms)),
    startCpuMs: median(starts.map(({ cpuMs }) => cpuMs)),
    peakMb: Math.max(...plans.map(plan => plan.peakMb)),
  }
}

function readBare({ url, username, passwordFile, caFile }: TestOverlay): number {
  const env = { BENCH_URL: url, BENCH_USERNAME: username, BENCH_PASSWORD_FILE: passwordFile, BENCH_CA: caFile }
  const text = execFileSync(process.execPath, ['--import', 'tsx', readingChild], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return (JSON.parse(text) as { ms: number }).ms
}

function describeApply({ ms, createMs, enrollMs, restMs, report, peakMb }: AppliedRun): string {
  const phases = `creates ${formatMs(createMs)}, enrolments ${formatMs(enrollMs)}, artefacts ${formatMs(restMs)}`
  return `apply ${formatMs(ms)} (${phases}) in ${report.requests} requests, ${peakMb.toFixed(0)} MB`
}

function describePlan({ planMs, startMs, readMs, peakMb }: Plans): string {
  return `plan ${formatMs(planMs)}, of it to start ${formatMs(startMs)}; lists ${formatMs(readMs)}; ${peakMb.toFixed(0)} MB`
}

// Tunneled: sixteen entities each.
function specFor(size: number): SpecInput {
  const clusters = Array.from({ length: size }, (_, at) => ({ name: `c${at + 1}`, prometheus: 'tunneled' as const }))
  return { stack: 'scale', clusters }
}
