import { UsageError } from '../errors.js'
import { scrapersOf } from '../expand/scrapers.js'
import { alreadyThere, type Edited, edit, removeItems } from './editing.js'
import { targetDifferences, targetItem } from './items.js'
import { parseWithSource } from './parse.js'
import type { TargetInput } from './schema.js'
import { lineOf } from './source.js'

/**
 * Adds a target that the overlay does not know by itself. Throws SpecError when the text is no valid spec, UsageError when
 * the target is there with other settings, or its name is taken.
 */
export function addTarget(text: string, target: TargetInput, file: string): Edited {
  const { spec, source } = parseWithSource(text, file)
  const index = spec.targets.findIndex(({ name }) => name === target.name)
  const there = spec.targets[index]
  if (there === undefined) {
    const change = { path: ['targets', spec.targets.length], value: targetItem(target) }
    return edit(source, change, `the target ${target.name}`)
  }
  const different = targetDifferences(there, target)
  if (different.length === 0) return { text, changed: false }
  const place = `${file}:${lineOf(source, ['targets', index, 'name'])}`
  throw alreadyThere(target.name, place, different.join(', '))
}

/** Takes a target out of `targets`. Throws SpecError, and UsageError while some Prometheus scrapes it. */
export function removeTarget(text: string, name: string, file: string): Edited {
  const { spec, source } = parseWithSource(text, file)
  const index = spec.targets.findIndex(target => target.name === name)
  if (index === -1) return { text, changed: false }
  const readers = scrapersOf(spec).filter(({ jobs }) => jobs.some(({ target }) => target.name === name))
  if (readers.length > 0) {
    const who = readers.map(reader => reader.name).join(', ')
    throw new UsageError(`${name} cannot be removed from ${file}: it is scraped by ${who}`)
  }
  return removeItems(source, ['targets'], [index], `the target ${name}`)
}
