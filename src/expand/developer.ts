import type { Developer } from '../spec/schema.js'
import { identity, type Part } from './fields.js'

/** A developer's identity. Whoever has the token enrolls it, unless the spec asks zprom to. */
export function expandDeveloper(developer: Developer, dialAttributes: readonly string[]): Part {
  const path = `developers/${developer.name}`
  return {
    entities: [identity(developer.name, dialAttributes)],
    enrollments: [
      developer.enroll
        ? { identity: developer.name, by: 'file', path: `${path}.json` }
        : { identity: developer.name, by: 'token', path: `${path}.jwt` },
    ],
  }
}
