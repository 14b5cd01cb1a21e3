import type { SpecProblem } from '../errors.js'
import { localName } from '../expand/names.js'
import { clusterName, targetName, workloadName } from './names.js'
import { field, type NamedItem, namedItems } from './raw.js'
import { explainUnknown } from './scrapes.js'
import { type Path, problemAt, type Source } from './source.js'

/**
 * Scrapes of what is not there, in data that has other mistakes: told as far as those leave no doubt about the names that there
 * are. Not meant for data with unknown keys: a list under a mistyped key would make all that it has unknown.
 */
export function earlyScrapeProblems(source: Source, data: unknown): SpecProblem[] {
  const names = namesIn(data)
  if (names === undefined) return []
  // A refused name is about to change, and the scrapes may have the new one already.
  const written = new Set(names.map(({ name }) => plain(name)))
  const valid = names.filter(({ isValid }) => isValid).map(({ name }) => name)
  return scrapesIn(data)
    .filter(({ name }) => !written.has(plain(name)))
    .map(({ name, path }) => problemAt(source, path, explainUnknown(name, valid)))
}

type Name = { readonly name: string; readonly isValid: boolean }

// Undefined when something that may well have a name has none that can be read.
function namesIn(data: unknown): Name[] | undefined {
  const clusters = allNamed(field(data, 'clusters') ?? [])
  const targets = allNamed(field(data, 'targets') ?? [])
  const workloads = clusters?.map(({ item }) => allNamed(field(item, 'workloads') ?? ['reflect']))
  if (clusters === undefined || targets === undefined || workloads === undefined) return undefined
  if (workloads.some(list => list === undefined)) return undefined
  const local = { name: `${localName}.prometheus`, isValid: field(field(data, 'local'), 'dark') === true }
  return [
    ...clusters.flatMap(({ name: cluster }, index): Name[] => {
      const isValid = clusterName.judge(cluster) === undefined
      const offered = (workloads[index] ?? []).map(({ name }) => ({
        name: `${cluster}.${name}`,
        isValid: isValid && workloadName.judge(name) === undefined,
      }))
      return [{ name: `${cluster}.prometheus`, isValid }, ...offered]
    }),
    local,
    ...targets.map(({ name }) => ({ name, isValid: targetName.judge(name) === undefined })),
  ]
}

function allNamed(list: unknown): NamedItem[] | undefined {
  const items = namedItems(list, [])
  return Array.isArray(list) && items.length === list.length ? items : undefined
}

function scrapesIn(data: unknown): { readonly name: string; readonly path: Path }[] {
  const clusters = namedItems(field(data, 'clusters'), ['clusters'])
  const lists = [
    ...clusters.map(({ item, path }) => ({ list: field(item, 'scrape'), path })),
    { list: field(field(data, 'local'), 'scrape'), path: ['local'] },
  ]
  return lists.flatMap(({ list, path }) =>
    (Array.isArray(list) ? list : []).flatMap((item: unknown, index) => {
      const at = [...path, 'scrape', index]
      const target = field(item, 'target')
      if (typeof item === 'string') return [{ name: item, path: at }]
      return typeof target === 'string' ? [{ name: target, path: [...at, 'target'] }] : []
    }),
  )
}

// As it may look once it is mended: what a name may not have is left out of it, mostly.
function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase()
}
