import { atMost, formatMs, type Row, ratioRow } from './table.js'

/** What one size took. Milliseconds; those with several rounds are their medians. */
export type Measured = {
  readonly clusters: number
  readonly entities: number
  /** Files and tokens. */
  readonly enrollments: number
  readonly bareMs: number
  /** Parts of the apply, and the whole of it. */
  readonly createMs: number
  readonly enrollMs: number
  readonly restMs: number
  readonly applyMs: number
  readonly applyCpuMs: number
  readonly requests: number
  /** The lists alone; a plan with nothing to do, and what of it is starting the program. */
  readonly readMs: number
  readonly planMs: number
  readonly startMs: number
  readonly startCpuMs: number
  readonly peakMb: number
}

/** The results by size, and then the curve. */
export function rowsOfScale(results: readonly Measured[], degree: number): Row[] {
  return [...results.flatMap((found, at) => rowsOf(found, degree, at === results.length - 1)), ...curveOf(results)]
}

// The targets are of the largest: of what takes a second, most is a program that gets going.
function rowsOf(found: Measured, degree: number, isLargest: boolean): Row[] {
  const { entities, enrollments, bareMs, createMs, readMs, planMs, startMs } = found
  const bare = { name: `a bare client, ${degree} at once`, ms: bareMs }
  const lists = { name: 'reading the lists', ms: readMs }
  return [
    ratioRow(`${found.clusters} clusters: apply, its ${entities} creates`, createMs, bare, isLargest ? 1.1 : undefined),
    {
      what: `   its ${enrollments} enrolments and tokens`,
      measured: formatMs(found.enrollMs),
      against: `each: ${formatMs(found.enrollMs / enrollments)}`,
    },
    {
      what: `   the whole of it, in ${found.requests} requests`,
      measured: formatMs(found.applyMs),
      against: `artefacts and end: ${formatMs(found.restMs)}`,
    },
    ratioRow('   plan, nothing to do: without starting the program', planMs - startMs, lists),
    ratioRow('   plan, nothing to do: the whole process', planMs, lists, isLargest ? 1.5 : undefined),
    atMost('   memory of a run, at most', found.peakMb, 400, mb => `${mb.toFixed(0)} MB`),
  ]
}

// The controller's own cost grows: each policy is held against all identities and services. So there are three curves: what
// a create takes, how that compares with the bare client's, and what zprom itself spends on an entity.
function curveOf(results: readonly Measured[]): Row[] {
  const [first] = results
  const last = results.at(-1)
  if (first === undefined || last === undefined || first === last) return []
  const line = (of: (found: Measured) => number, show: (value: number) => string) =>
    results.map(found => `${found.clusters}: ${show(of(found))}`).join('  ')
  const ownCost = (found: Measured) => (found.applyCpuMs - found.startCpuMs) / found.entities
  const grown = ownCost(last) / ownCost(first)
  return [
    { what: 'curve by clusters: a create, bare', measured: line(found => found.bareMs / found.entities, formatMs) },
    { what: '   a create by zprom', measured: line(found => found.createMs / found.entities, formatMs) },
    { what: '   the latter by the former', measured: line(found => found.createMs / found.bareMs, toFixed) },
    {
      what: "   zprom's own processor time for an entity, with its part of enrolments and artefacts",
      measured: line(ownCost, formatMs),
      ratio: grown,
      target: { text: 'flat: ratio of last to first <= 1.2', met: grown <= 1.2 },
    },
    { what: '   an enrolment or token', measured: line(found => found.enrollMs / found.enrollments, formatMs) },
    {
      what: '   plan for an entity, without the start',
      measured: line(found => (found.planMs - found.startMs) / found.entities, formatMs),
    },
  ]
}

function toFixed(value: number): string {
  return value.toFixed(2)
}
