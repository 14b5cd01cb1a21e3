import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { expandSpec } from '../../src/expand/index.js'
import type { Wanted } from '../../src/model/entity.js'
import type { Report } from '../../src/model/report.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { newPerson, type Person } from '../../test/support/cli.js'
import type { TestOverlay } from '../../test/support/overlay.js'
import { specOf } from '../../test/support/spec-builder.js'
import { openBareClient } from './bare-client.js'
import { onFreshOverlay } from './fresh.js'
import { atMost, formatMs, type Row, ratioRow } from './table.js'

// For a quicker look set a smaller number.
const clusters = Number(process.env.ZPROM_BENCH_CLUSTERS ?? 1000)
const sizes = [10, 100, 1000].filter(size => size < clusters).concat(clusters)
const probeClusters = Math.min(clusters, 50)
const degrees = [1, 2, 4, 8, 16, 32]

type Measured = {
  readonly clusters: number
  readonly entities: number
  /** Files and tokens. */
  readonly enrolments: number
  readonly bareMs: number
  readonly applyMs: number
  /** Of the apply. */
  readonly requests: number
  readonly readMs: number
  readonly planMs: number
  readonly peakMb: number
}

/** Many clusters on a real controller, beside a client that does nothing but create them at its best concurrency. */
export async function measureScale(say: (line: string) => void): Promise<Row[]> {
  const best = await bestDegree(say)
  const results: Measured[] = []
  for (const size of sizes) {
    say(`${size} clusters, a bare client with ${best} requests at once, then zprom`)
    const result = await measureSize(size, best)
    results.push(result)
    say(describe(result))
  }
  return results.flatMap(result => rowsOf(result, best))
}

// Each on a controller of its own: a full one is slower.
async function bestDegree(say: (line: string) => void): Promise<number> {
  const { entities } = expandSpec(specOf(specFor(probeClusters)))
  let best = { degree: 1, rate: 0 }
  for (const degree of degrees) {
    const ms = await onFreshOverlay(overlay => createBare(overlay, degree, entities))
    const rate = (entities.length / ms) * 1000
    say(`   a bare client with ${degree} at once: ${rate.toFixed(0)} creates per second`)
    if (rate > best.rate) best = { degree, rate }
  }
  return best.degree
}

async function createBare(overlay: TestOverlay, degree: number, entities: readonly Wanted[]): Promise<number> {
  const client = await openBareClient(overlay, degree)
  try {
    return await client.create(entities)
  } finally {
    client.close()
  }
}

async function measureSize(size: number, degree: number): Promise<Measured> {
  const spec = specFor(size)
  const { entities, enrollments } = expandSpec(specOf(spec))
  const bareMs = await onFreshOverlay(overlay => createBare(overlay, degree, entities))
  return onFreshOverlay(async overlay => {
    const person = await newPerson(overlay)
    try {
      await person.write('zprom.yaml', stringify(spec))
      const applied = await runZprom(person, ['apply', '--yes', '--json'])
      const { report } = JSON.parse(applied.stdout) as { report: Report }
      const failed = report.outcomes.find(({ result }) => result !== 'done')
      if (failed !== undefined) throw new Error(`${failed.address}: ${failed.result}`)
      const planned = await runZprom(person, ['plan', '--exit-code'])
      return {
        clusters: size,
        entities: entities.length,
        enrolments: enrollments.length,
        bareMs,
        applyMs: applied.ms,
        requests: report.requests,
        readMs: await readBare(overlay, degree),
        planMs: planned.ms,
        peakMb: Math.max(applied.peakMb, planned.peakMb),
      }
    } finally {
      await person.leave()
    }
  })
}

async function readBare(overlay: TestOverlay, degree: number): Promise<number> {
  const client = await openBareClient(overlay, degree)
  try {
    const { ms } = await client.read()
    return ms
  } finally {
    client.close()
  }
}

// Node tells its own peak at the end: nothing has to be watched from outside.
const reportPeak =
  "import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.ZPROM_BENCH_PEAK,String(process.resourceUsage().maxRSS)))"

async function runZprom(person: Person, args: readonly string[]) {
  const peakFile = join(person.folder, '..', 'peak')
  const env = {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(reportPeak)}`,
    ZPROM_BENCH_PEAK: peakFile,
  }
  const started = performance.now()
  const stdout = await person.ok(args, { env })
  const ms = performance.now() - started
  return { stdout, ms, peakMb: Number(await readFile(peakFile, 'utf8')) / 1024 }
}

function rowsOf({ clusters: size, ...found }: Measured, degree: number): Row[] {
  const what = `${size} clusters, ${found.entities} entities`
  const perRequest = found.applyMs / found.requests
  const perCreate = found.bareMs / found.entities
  return [
    ratioRow(
      `${what}, ${found.enrolments} enrolments: apply, per request (${found.requests})`,
      perRequest,
      { name: `a bare client, ${degree} at once, per create`, ms: perCreate },
      1.1,
    ),
    {
      what: '   the whole of it',
      measured: formatMs(found.applyMs),
      against: `bare creates: ${formatMs(found.bareMs)}`,
    },
    { what: '   per entity', measured: `${(found.applyMs / found.entities).toFixed(2)} ms` },
    ratioRow('   plan, nothing to do', found.planMs, { name: 'reading the lists', ms: found.readMs }, 1.5),
    atMost('   memory of a run, at most', found.peakMb, 400, mb => `${mb.toFixed(0)} MB`),
  ]
}

function describe({ applyMs, bareMs, planMs, readMs, peakMb, requests }: Measured): string {
  const times = `apply ${formatMs(applyMs)} in ${requests} requests, bare ${formatMs(bareMs)}`
  return `   ${times}; plan ${formatMs(planMs)}, lists ${formatMs(readMs)}; ${peakMb.toFixed(0)} MB`
}

// Tunneled: sixteen entities each.
function specFor(size: number): SpecInput {
  const clusters = Array.from({ length: size }, (_, at) => ({ name: `c${at + 1}`, prometheus: 'tunneled' as const }))
  return { stack: 'scale', clusters }
}
