import { type Environment, readEnvironment } from '../environment.js'
import { readProfiles } from '../profiles.js'
import { readSpecFile } from '../workspace.js'
import { zitiLoginNames } from '../ziti-login.js'
import type { NameKind } from './names.js'

/** The names of a kind that are known here, as far as a shell can take them as they are: bash evaluates what it is offered. */
export async function knownNames(kind: NameKind, spec: string): Promise<string[]> {
  const names = await namesOf(kind, spec, readEnvironment(process.env))
  return names.filter(name => /^[A-Za-z0-9][A-Za-z0-9._@/-]*$/.test(name))
}

async function namesOf(kind: NameKind, spec: string, given: Environment): Promise<readonly string[]> {
  switch (kind) {
    case 'profiles':
      return Object.keys((await readProfiles()).profiles)
    case 'ziti-logins':
      return zitiLoginNames(given)
    case 'clusters':
      return (await readSpec(spec)).clusters.map(({ name }) => name)
    case 'readers': {
      const { clusters, local } = await readSpec(spec)
      return [...clusters.map(({ name }) => name), ...(local === undefined ? [] : ['local']), 'all']
    }
    case 'developers':
      return (await readSpec(spec)).developers.map(({ name }) => name)
    case 'targets': {
      const { scrapeTargetsOf } = await import('../../expand/index.js')
      return scrapeTargetsOf(await readSpec(spec)).map(({ name }) => name)
    }
    case 'items': {
      const { expandSpec } = await import('../../expand/index.js')
      return [...new Set(expandSpec(await readSpec(spec)).entities.map(({ origin }) => origin))]
    }
    case 'identities': {
      const { expandSpec } = await import('../../expand/index.js')
      return expandSpec(await readSpec(spec)).enrollments.map(({ identity }) => identity)
    }
  }
}

async function readSpec(path: string) {
  const [{ parseSpec }, { text = '', shown }] = await Promise.all([import('../../spec/parse.js'), readSpecFile(path)])
  return parseSpec(text, shown)
}
