import { isDeepStrictEqual } from 'node:util'
import type { JobState } from '../model/live.js'
import { problemAt, readSource, type Source } from '../spec/source.js'
import { blockLines, spliceChange } from '../spec/splice.js'
import { replaceMap } from '../spec/splice-map.js'
import { spliceRemoval } from '../spec/splice-out.js'
import { quoted } from '../spec/text-rule.js'
import { type FoundJob, fault, jobsKey, type LiveConfig, type Place, readLiveConfig } from './config.js'
import { describeTargets, differingLeaves, isSameJob, type Job, overlayService, updatedJob } from './job.js'

/** What zprom wants of the jobs of a running Prometheus. */
export type JobChanges = {
  readonly wanted: readonly Job[]
  /** Services that it should not scrape over the overlay, except by jobs that are wanted. */
  readonly gone: readonly string[]
}

/** The new text, and what became of each job. */
export type Merged = { readonly text: string; readonly jobs: readonly JobState[] }

/**
 * A prometheus.yml with zprom's jobs as they should be, every other line kept byte for byte. Each edit is read back and
 * compared: it says what the text before said, and the change. Throws LiveConfigError, with line and what to do, when the
 * text is broken, when a foreign job has the name of one of ours, or when its layout cannot be edited without harm.
 */
export function mergeJobs(text: string, { wanted, gone }: JobChanges, place: Place): Merged {
  const names = new Set(wanted.map(({ job_name }) => job_name))
  const jobs: JobState[] = []
  let current = readLiveConfig(text, place)
  for (const { name, data } of current.jobs) {
    if (names.has(name) || !gone.includes(overlayService(data) ?? '')) continue
    current = readLiveConfig(removeJob(current, name, place), place)
    jobs.push({ job: name, state: 'removed' })
  }
  for (const job of wanted) {
    const { text: after, state } = placeJob(current, job, place)
    jobs.push({ job: job.job_name, state })
    if (after !== undefined) current = readLiveConfig(after, place)
  }
  return { text: current.source.text, jobs }
}

function removeJob(config: LiveConfig, job: string, place: Place): string {
  const index = config.jobs.findIndex(({ name }) => name === job)
  const jobs = config.jobs.filter(one => one.index !== index).map(({ data }) => data)
  const text = firstThatSays(config, jobs, [() => spliceRemoval(config.source, [jobsKey, index])])
  if (text === undefined) throw cannotEdit(config, index, `remove the job ${quoted(job)} by hand`, place)
  return text
}

type Placed = { readonly text?: string; readonly state: JobState['state'] }

function placeJob(config: LiveConfig, job: Job, place: Place): Placed {
  const there = config.jobs.find(({ name }) => name === job.job_name)
  if (there === undefined) return { text: addJob(config, job, place), state: 'added' }
  if (!isSameJob(there.data, job)) throw nameTaken(config, there, job, place)
  const after = updatedJob(there.data, job)
  if (isDeepStrictEqual(there.data, after)) return { state: 'unchanged' }
  const jobs = config.jobs.map(({ index, data }) => (index === there.index ? after : data))
  const text = firstThatSays(config, jobs, [
    () => setLeaves(config.source, there, after),
    () => replaceMap(config.source, [jobsKey, there.index], after),
  ])
  if (text === undefined)
    throw cannotEdit(config, there.index, byHand('put this in its place, with what you added to it', [job]), place)
  return { text, state: 'replaced' }
}

function addJob(config: LiveConfig, job: Job, place: Place): string {
  const jobs = [...config.jobs.map(({ data }) => data), job]
  const path = [jobsKey, config.jobs.length]
  const text = firstThatSays(config, jobs, [
    () => spliceChange(config.source, { path, value: job }),
    // An empty map in braces, as helm prints one, has no place for a block.
    () => (/^\s*\{\s*\}\s*$/.test(config.source.text) ? `${blockLines({ [jobsKey]: [job] }).join('\n')}\n` : undefined),
  ])
  if (text === undefined) throw cannotEdit(config, undefined, byHand('add this to it by hand', [job]), place)
  return text
}

// A changed interval changes a word, and the comments around it stay.
function setLeaves(source: Source, { data, index }: FoundJob, after: object): string | undefined {
  const leaves = differingLeaves(data, after, [jobsKey, index])
  return leaves?.reduce<string | undefined>(
    (text, leaf) =>
      text === undefined ? undefined : spliceChange(readSource(text, source.file, { merge: true }), leaf),
    source.text,
  )
}

// Writes are guesses about a layout: the first whose text, read back, says what it should and nothing else.
function firstThatSays(
  { data, source }: LiveConfig,
  jobs: readonly object[],
  writes: readonly (() => string | undefined)[],
): string | undefined {
  const wanted = { ...data, [jobsKey]: jobs }
  for (const write of writes) {
    const text = write()
    if (text !== undefined && isDeepStrictEqual(dataOf(text, source.file), wanted)) return text
  }
  return undefined
}

// Undefined for what is no valid YAML. No jobs say as much as an empty list of them.
function dataOf(text: string, file: string): object | undefined {
  const { document } = readSource(text, file, { merge: true })
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined
  try {
    const data: Record<string, unknown> = Object.fromEntries(Object.entries(document.toJS() ?? {}))
    return { ...data, [jobsKey]: data[jobsKey] ?? [] }
  } catch {
    // An alias whose anchor went away.
    return undefined
  }
}

function nameTaken({ source }: LiveConfig, { name, index, data }: FoundJob, job: Job, place: Place) {
  const message = `the job name ${quoted(name)} is taken: what is there scrapes ${describeTargets(data)}, and zprom's scrapes ${describeTargets(job)}`
  const suggestion = 'Rename or remove that job, or give the one in the spec another name (`job:`).'
  return fault(place, [problemAt(source, [jobsKey, index, 'job_name'], { message, suggestion })])
}

function cannotEdit({ source }: LiveConfig, index: number | undefined, what: string, place: Place) {
  const path = index === undefined ? [jobsKey] : [jobsKey, index]
  const message =
    'this is written in a way that zprom cannot edit without harm, such as with an anchor that is used elsewhere'
  return fault(place, [problemAt(source, path, { message, suggestion: `To go on, ${what}` })])
}

function byHand(what: string, jobs: readonly object[]): string {
  return `${what}:\n${blockLines(jobs).join('\n')}`
}
