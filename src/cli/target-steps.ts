import { deploymentsOf, targetUsesOf } from '../expand/index.js'
import { localName } from '../expand/names.js'
import type { ConvergeInputs, ConvergeResult } from '../flows/converge.js'
import type { ScrapedBy } from '../model/scrape.js'
import type { AskedTarget } from './asked-target.js'
import { suggestTarget, type TargetEdit, type TargetRemoval } from './target-edits.js'
import type { SpecFile } from './workspace.js'

/** The jobs by which the Prometheus servers of an edit scrape its target as was asked for. */
export function jobsOf({ name, federate }: AskedTarget, { spec, readers }: TargetEdit): ScrapedBy[] {
  const use = targetUsesOf(spec).find(one => one.name === name)
  return use?.scrapedBy.filter(one => readers.includes(one.reader) && one.federate === federate) ?? []
}

/** Who scrapes a target now, one line a job. */
export function formatJobs(name: string, jobs: readonly ScrapedBy[]): string {
  return jobs
    .map(({ reader, job, interval, federate }) => {
      const verb = federate ? 'federates from' : 'scrapes'
      return `${reader} ${verb} ${name} every ${interval} as job ${job}`
    })
    .join('\n')
}

/** Who scrapes a new target, and what brings that about. `tokens`: identities whose token this run has saved. */
export function formatAdded(
  { shown }: Pick<ConvergeInputs, 'shown'>,
  {
    asked,
    edit,
    tokens,
  }: { readonly asked: AskedTarget; readonly edit: TargetEdit; readonly tokens: ReadonlySet<string> },
): string {
  const { spec } = edit
  const { name } = asked
  const host = spec.targets.find(target => target.name === name)?.hostedBy
  return [
    '',
    formatJobs(name, jobsOf(asked, edit)),
    ...formatListed(edit),
    ...(host === undefined ? [] : [hostLine(name, host, tokens.has(host) ? shown(`hosts/${host}.jwt`) : undefined)]),
    ...formatBringing(edit),
  ].join('\n')
}

/** The identities whose token a run has saved. */
export function savedTokens({ report }: ConvergeResult): Set<string> {
  const saved = report?.outcomes.filter(({ action, result }) => action === 'save-token' && result === 'done') ?? []
  return new Set(saved.map(({ address }) => address.replace(/^enrollment\//, '')))
}

/** Who no longer scrapes a target, what stays of it, and what brings that about. */
export function formatRemoved(file: SpecFile, name: string, edit: TargetRemoval): string {
  const readers =
    edit.readers.length > 1 ? `${edit.readers.join(', ')} no longer scrape` : `${edit.readers[0]} no longer scrapes`
  const untouched = edit.wasKnown
    ? `${name} was not scraped by ${edit.asked.join(', ') || 'anybody'}`
    : `${file.shown} has nothing to scrape named "${name}". ${suggestTarget(name, edit.spec)}`.trimEnd()
  return [
    '',
    edit.readers.length === 0 ? untouched : `${readers} ${name}`,
    ...(edit.isGone ? [`${name} is no longer in ${file.shown}; what the overlay has of it stays there`] : []),
    ...formatListed(edit),
    ...formatBringing(edit),
  ].join('\n')
}

// Before, it followed from the clusters and workloads of the spec.
function formatListed({ listed }: TargetEdit): string[] {
  if (listed.length === 0) return []
  return [
    `What ${listed.join(', ')} ${listed.length === 1 ? 'scrapes' : 'scrape'} is written down now: what you add later is scraped once it is listed there`,
  ]
}

function hostLine(name: string, host: string, token: string | undefined): string {
  if (token === undefined) return `${host} is to host ${name}; zprom verify says whether it does`
  return `${token} is a one-time token: a tunneler that enrolls with it as ${host} hosts ${name}`
}

function formatBringing({ spec, readers, live = [] }: TargetEdit): string[] {
  const open = readers.filter(name => !live.some(({ cluster }) => cluster.name === name))
  if (open.length === 0) return []
  const clusters = deploymentsOf(spec).clusters.filter(({ name }) => open.includes(name))
  return [
    '',
    'Next, to have it so:',
    ...clusters.map(
      ({ name, context }) => `  zprom install ${name}${context === undefined ? ' --context CONTEXT' : ''}`,
    ),
    ...(open.includes(localName) ? ['  zprom local up'] : []),
  ]
}
