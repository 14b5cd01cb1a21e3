import { LiveConfigError, type SpecProblem } from '../errors.js'
import { tooDeepAt } from '../spec/depth.js'
import { field } from '../spec/raw.js'
import { lineOf, type Path, problemAt, readSource, type Source } from '../spec/source.js'
import { syntaxProblems } from '../spec/syntax.js'
import { quoted } from '../spec/text-rule.js'

/** Where a configuration comes from, for messages: what it is called, and how a person edits it. */
export type Place = { readonly file: string; readonly howToEdit: string }

/** A job of a configuration: where it stands, and what it says with aliases and merge keys worked in. */
export type FoundJob = { readonly name: string; readonly index: number; readonly line: number; readonly data: object }

/** A prometheus.yml as text, as data, and with the jobs in it. */
export type LiveConfig = {
  readonly source: Source
  readonly data: Readonly<Record<string, unknown>>
  readonly jobs: readonly FoundJob[]
}

/** The key of the jobs, and so the first step of the path to each. */
export const jobsKey = 'scrape_configs'

/**
 * Reads what a Prometheus runs with. Throws LiveConfigError when it is no YAML, no configuration, or one that Prometheus
 * would not load for its list of jobs: then nothing that is added could take effect.
 */
export function readLiveConfig(text: string, place: Place): LiveConfig {
  const deep = tooDeepAt(text)
  if (deep !== undefined) {
    const line = text.slice(0, deep).split('\n').length
    throw fault(place, [{ file: place.file, line, column: 1, path: '', message: 'this is nested too deeply to edit' }])
  }
  const source = readSource(text, place.file, { merge: true })
  const { problems } = syntaxProblems(source, 'a Prometheus configuration')
  if (problems.length > 0) throw fault(place, problems)
  const data = dataOf(source, place)
  const jobs = jobsOf(source, data, place)
  return { source, data, jobs }
}

/** A fault of a configuration that a person has to mend. */
export function fault({ howToEdit }: Place, problems: readonly SpecProblem[]): LiveConfigError {
  return new LiveConfigError(problems, `mend it by hand, this configmap was not changed: ${howToEdit}`)
}

function dataOf(source: Source, place: Place): Readonly<Record<string, unknown>> {
  const data = jsOf(source, place) ?? {}
  if (typeof data === 'object' && !Array.isArray(data)) return Object.fromEntries(Object.entries(data))
  const message = `a Prometheus configuration is a map of keys and values, not ${Array.isArray(data) ? 'a list' : 'a single value'}`
  throw fault(place, [
    problemAt(source, [], {
      message,
      suggestion: 'Begin with `global:` and `scrape_configs:`, each in the first column.',
    }),
  ])
}

function jsOf(source: Source, place: Place): unknown {
  try {
    return source.document.toJS()
  } catch {
    // All that is left to go wrong once the syntax is checked.
    const message = 'the aliases of this configuration unfold into too much data'
    throw fault(place, [problemAt(source, [], { message, suggestion: 'Write the values out.' })])
  }
}

function jobsOf(source: Source, data: object, place: Place): FoundJob[] {
  const list = field(data, jobsKey) ?? []
  if (!Array.isArray(list)) {
    const message = 'scrape_configs is a list of jobs, each of which begins with a dash'
    throw fault(place, [problemAt(source, [jobsKey], { message, suggestion: 'Write `scrape_configs: []` or a list.' })])
  }
  const jobs = list.map((item: unknown, index) => jobOf(source, item, index, place))
  for (const { name, index } of jobs) {
    const other = jobs.find(job => job.name === name && job.index < index)
    if (other === undefined) continue
    const message = `the job ${quoted(name)} is there already, on line ${other.line}, and Prometheus loads no configuration with two of a name`
    throw fault(place, [problemAt(source, nameOf(index), { message, suggestion: 'Remove one of the two.' })])
  }
  return jobs
}

function jobOf(source: Source, item: unknown, index: number, place: Place): FoundJob {
  const name = field(item, 'job_name')
  if (typeof item === 'object' && item !== null && isName(name)) {
    return { name: String(name), index, line: lineOf(source, nameOf(index)), data: item }
  }
  const message = 'each item of scrape_configs is a job with a `job_name`, and this one has none'
  throw fault(place, [problemAt(source, [jobsKey, index], { message, suggestion: 'Give it one, or remove it.' })])
}

// Prometheus takes `job_name: 7` as text.
function isName(name: unknown): boolean {
  return (typeof name === 'string' && name !== '') || typeof name === 'number' || typeof name === 'boolean'
}

function nameOf(index: number): Path {
  return [jobsKey, index, 'job_name']
}
