import type { Local } from '../spec/schema.js'
import { identity, type Part } from './fields.js'
import { localName, prometheusNames } from './names.js'
import { expandDarkPrometheus } from './prometheus-dark.js'

/** The Prometheus on one's own machine. In the open it is no service of the overlay: only its own identity is there. */
export function expandLocal({ dark }: Pick<Local, 'dark'>, dialAttributes: readonly string[]): Part {
  if (dark) return expandDarkPrometheus(localName, dialAttributes)
  const { identity: name } = prometheusNames(localName)
  return {
    entities: [identity(name, dialAttributes)],
    enrollments: [{ identity: name, by: 'file', path: `${localName}/${name}.json` }],
  }
}
