import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '../../src/model/report.js'
import type { Event } from '../../src/report/events.js'
import { bin, type Person } from '../../test/support/cli.js'

/** A run of the program as built. Times in milliseconds. */
export type ZpromRun = {
  /** From its start to its end, as whoever waits for it sees it. */
  readonly ms: number
  /** Of the processor, for the process and all its threads. */
  readonly cpuMs: number
  readonly peakMb: number
  /** What it wrote to stdout, and when. */
  readonly lines: Watched['lines']
}

/** An apply, by what it says with --ndjson when. */
export type AppliedRun = ZpromRun & {
  readonly report: Report
  /** From the first create that begins to the last that ends. */
  readonly createMs: number
  /** From there to the end of the last enrolment, or token that is saved. */
  readonly enrollMs: number
  /** From there to the result: artefacts, mostly. */
  readonly restMs: number
}

// Node notes when each line of stdout comes, and tells them and its own use at the end: a pipe would wake a reader at each,
// which on a busy machine costs more than the request that the line is of.
const watch = `
  import { writeFileSync } from 'node:fs'
  const lines = []
  process.stdout.write = text => lines.push([performance.now(), String(text)]) > 0
  process.on('exit', () =>
    writeFileSync(process.env.ZPROM_BENCH_RUN, JSON.stringify({ lines, use: process.resourceUsage() })))`

type Watched = { readonly lines: readonly (readonly [at: number, text: string])[]; readonly use: NodeJS.ResourceUsage }

/** Runs zprom as a person; throws when it ends otherwise than expected. */
export async function runZprom(person: Person, args: readonly string[], expected = 0): Promise<ZpromRun> {
  const file = join(person.folder, '..', 'run.json')
  const preload = `--import=data:text/javascript,${encodeURIComponent(watch)}`
  const env = { ...person.env, ZPROM_BENCH_RUN: file }
  const started = performance.now()
  const child = spawn(process.execPath, [preload, bin, ...args], {
    cwd: person.folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', text => {
    said = (said + String(text)).slice(-4000)
  })
  const code = await new Promise(resolve => child.once('close', resolve))
  const ms = performance.now() - started
  const { lines, use } = JSON.parse(await readFile(file, 'utf8')) as Watched
  if (code !== expected) throw new Error(`zprom ${args.join(' ')} ended with ${code}:\n${said}`)
  return { ms, cpuMs: (use.userCPUTime + use.systemCPUTime) / 1000, peakMb: use.maxRSS / 1024, lines }
}

/** `zprom apply`, phase by phase; throws unless every step is done. */
export async function applyZprom(person: Person): Promise<AppliedRun> {
  const run = await runZprom(person, ['apply', '--yes', '--ndjson'])
  const events = run.lines.map(([at, text]) => ({ at, event: JSON.parse(text) as Said }))
  const report = events.flatMap(({ event }) => (event.type === 'result' ? [event.document.report] : [])).at(-1)
  const failed = report?.outcomes.find(({ result }) => result !== 'done')
  if (report === undefined || failed !== undefined) throw new Error(`${failed?.address}: ${failed?.detail}`)
  const began = events.find(({ event }) => event.type === 'step-started')?.at ?? Number.NaN
  const ends = events.flatMap(({ at, event }) => (event.type === 'step-ended' ? [{ at, ...event.outcome }] : []))
  const created = ends.findLast(({ address }) => !address.startsWith('enrollment/'))?.at ?? Number.NaN
  const enrolled = ends.at(-1)?.at ?? Number.NaN
  return {
    ...run,
    report,
    createMs: created - began,
    enrollMs: enrolled - created,
    restMs: (run.lines.at(-1)?.[0] ?? Number.NaN) - enrolled,
  }
}

type Said = Event | { readonly type: 'result'; readonly document: { readonly report: Report } }
