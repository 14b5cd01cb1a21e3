import { UsageError } from '../errors.js'
import { targetUsesOf } from '../expand/index.js'
import { localName } from '../expand/names.js'
import type { TargetUse } from '../model/scrape.js'
import { addScrape, removeScrape } from '../spec/edit-scrapes.js'
import { addTarget, removeTarget } from '../spec/edit-targets.js'
import { parseSpec } from '../spec/parse.js'
import type { Spec } from '../spec/schema.js'
import { suggestWord } from '../spec/suggest.js'
import type { AskedTarget } from './asked-target.js'
import type { LiveTarget } from './live-flags.js'
import { requireText, type SpecFile } from './workspace.js'

/** A spec with a target added or removed. */
export type TargetEdit = {
  readonly text: string
  /** What the text says. */
  readonly spec: Spec
  /** The Prometheus servers that the edit is about. */
  readonly readers: readonly string[]
  /** Those of them whose list of scrapes was the default before, and is written down now. */
  readonly listed: readonly string[]
  /** Clusters whose running configuration follows at once. */
  readonly live?: readonly LiveTarget[]
}

/** A spec in which a target is scraped by those that are named. Throws SpecError, UsageError. */
export function editInTarget(file: SpecFile, asked: AskedTarget): TargetEdit {
  const { name, federate, job, interval, external } = asked
  const before = requireText(file)
  const spec = parseSpec(before, file.shown)
  if (external === undefined) refuseUnknown(spec, name)
  const readers = readersOf(spec, { flag: '--to', given: asked.to, scraped: name })
  let text = external === undefined ? before : addTarget(before, { name, ...external }, file.shown).text
  const scrape = {
    target: name,
    federate,
    ...(job !== undefined && { job }),
    ...(interval !== undefined && { interval }),
  }
  for (const reader of readers) text = addScrape(text, { reader, scrape }, file.shown).text
  const after = parseSpec(text, file.shown)
  return { text, spec: after, readers, listed: newlyListed(spec, after) }
}

/** What a removal did beside the edit. */
export type TargetRemoval = TargetEdit & {
  /** Whether the spec knew anything of that name. */
  readonly wasKnown: boolean
  /** Whether it is no longer among the targets of the spec. */
  readonly isGone: boolean
  /** Those that were asked to stop. */
  readonly asked: readonly string[]
}

/**
 * A spec in which a target is not scraped by those that are named, and is no target any more when nobody else scrapes it.
 * `readers` are those that did. Throws SpecError, UsageError.
 */
export function editOutTarget(file: SpecFile, name: string, from: readonly string[]): TargetRemoval {
  const before = requireText(file)
  const spec = parseSpec(before, file.shown)
  const isTarget = spec.targets.some(target => target.name === name)
  const readers: string[] = []
  let text = before
  const asked = readersOf(spec, { flag: '--from', given: from })
  for (const reader of asked) {
    const edited = removeScrape(text, { reader, target: name }, file.shown)
    text = edited.text
    if (edited.changed) readers.push(reader)
  }
  const after = parseSpec(text, file.shown)
  const isIdle = targetUsesOf(after).every(use => use.name !== name || use.scrapedBy.length === 0)
  if (isTarget && isIdle) text = removeTarget(text, name, file.shown).text
  const wasKnown = targetUsesOf(spec).some(use => use.name === name)
  const listed = newlyListed(spec, after)
  return { text, spec: parseSpec(text, file.shown), readers, listed, asked, wasKnown, isGone: isTarget && isIdle }
}

/** Everything in a spec file that can be scraped, with who scrapes it. Throws SpecError. */
export function readTargets(file: SpecFile): TargetUse[] {
  return targetUsesOf(parseSpec(requireText(file), file.shown))
}

/** Near names, or all that can be scraped, for a name that is not among them. */
export function suggestTarget(name: string, spec: Spec): string {
  const known = targetUsesOf(spec).map(use => use.name)
  return known.length === 0 ? '' : suggestWord(name, known)
}

// The local Prometheus that is not dark is known, and the edit says why nobody can scrape it.
function refuseUnknown(spec: Spec, name: string): void {
  if (targetUsesOf(spec).some(use => use.name === name) || name === `${localName}.prometheus`) return
  throw new UsageError(
    `the spec has nothing to scrape named "${name}"`,
    `${suggestTarget(name, spec)} To add something new: --address HOST:PORT --hosted-by IDENTITY`.trimStart(),
  )
}

type Named = {
  readonly flag: string
  readonly given: readonly string[]
  /** With `all`, a Prometheus is not told to scrape itself. */
  readonly scraped?: string
}

function readersOf(spec: Spec, { flag, given, scraped }: Named): string[] {
  const known = [...spec.clusters.map(({ name }) => name), ...(spec.local === undefined ? [] : [localName])]
  const names = given.map(name => name.trim()).filter(name => name !== '')
  if (names.length === 0)
    throw new UsageError(`${flag} names nobody`, `write ${flag} CLUSTER, ${flag} local or ${flag} all`)
  const stranger = names.find(name => name !== 'all' && !known.includes(name))
  if (stranger === localName)
    throw new UsageError(`${flag} local: the spec has no local Prometheus`, 'make it with: zprom init local')
  if (stranger !== undefined)
    throw new UsageError(`${flag} ${stranger}: the spec has no such cluster`, suggestWord(stranger, [...known, 'all']))
  if (!names.includes('all')) return known.filter(name => names.includes(name))
  const readers = known.filter(name => `${name}.prometheus` !== scraped)
  if (readers.length > 0 || scraped === undefined) return readers
  throw new UsageError(
    `${flag} all: the spec has no Prometheus that could scrape ${scraped}`,
    'add one with: zprom init',
  )
}

function newlyListed(before: Spec, after: Spec): string[] {
  const lists = (spec: Spec) =>
    [...spec.clusters, ...(spec.local === undefined ? [] : [{ name: localName, ...spec.local }])]
      .filter(({ scrape }) => scrape !== undefined)
      .map(({ name }) => name)
  const had = new Set(lists(before))
  return lists(after).filter(name => !had.has(name))
}
