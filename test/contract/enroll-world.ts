import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { asRaw } from '../../src/kinds/index.js'
import type { SpecInput } from '../../src/spec/schema.js'
import type { World } from '../support/world.js'

/** One developer, whose identity zprom enrolls itself, or leaves to the holder of the token. */
export function developer(world: World, enroll: boolean) {
  const name = `dev.${world.word}`
  const base = join('developers', name)
  const spec: SpecInput = { developers: [{ name, enroll }] }
  return {
    name,
    spec,
    address: `enrollment/${name}` as const,
    /** Absolute paths of what is kept of it in an output folder. */
    paths: (outDir = world.outDir) => ({
      file: join(outDir, `${base}.json`),
      key: join(outDir, `${base}.key`),
      token: join(outDir, `${base}.jwt`),
      old: join(outDir, `${base}.json.old`),
    }),
    /** The identity alone, with an open enrollment that nobody used. */
    entityOnly: { ...world.topologyOf(spec), enrollments: [] },
  }
}

/** What the controller has of an identity's enrolment now. */
export async function enrollmentOf(world: World, name: string) {
  const { enrollments } = await world.observe()
  return enrollments.get(name)
}

/** How many certificates may log in as an identity. */
export async function countCertificates(world: World, name: string): Promise<number> {
  const id = (await world.find('identity', name))?.id
  const all = (await world.admin.list('/authenticators')).map(row => asRaw(row, 'authenticator'))
  return all.filter(one => one.identityId === id && one.method === 'cert').length
}

export async function readIdentity(path: string) {
  return parseIdentityFile(await readFile(path, 'utf8'), { name: path })
}

export async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}
