import { join } from 'node:path'
import type { IdentityFile } from '../enroll/index.js'
import { FileError, UsageError } from '../errors.js'
import { isUnusable, type Unusable } from '../model/held.js'
import type { EnrollmentWish, Topology } from '../model/topology.js'
import { type Folder, readIdentityFile } from './held.js'
import type { Deps } from './ports.js'

/** An identity of the spec whose identity file is in the output folder. */
export type HeldFile = Pick<EnrollmentWish, 'identity' | 'origin'> & { readonly file: IdentityFile | Unusable }

/** An identity that zprom can be on the overlay. */
export type Usable = { readonly identity: string; readonly file: IdentityFile }

type Place = Folder & { readonly topology: Topology }

/** The identities of a spec whose files are here; also of those that zprom leaves to others, when their file is put here. */
export async function listHeldFiles(place: Place, deps: Pick<Deps, 'files'>): Promise<HeldFile[]> {
  const found = await Promise.all(
    place.topology.enrollments.map(async ({ identity, origin, path }) => {
      const file = await readIdentityFile(path.replace(/\.jwt$/, '.json'), place, deps)
      return file === undefined ? [] : [{ identity, origin, file }]
    }),
  )
  return found.flat()
}

/**
 * The identity that was named, or else the only one that is fit; `what` it is to do is for messages. Throws UsageError, which
 * lists what there is, and FileError for a file that can't be used.
 */
export async function chooseIdentity(
  place: Place,
  named: string | undefined,
  { isFit, what }: { readonly isFit: (held: HeldFile) => boolean; readonly what: string },
  deps: Pick<Deps, 'files'>,
): Promise<Usable> {
  const held = await listHeldFiles(place, deps)
  const fit = held.filter(named === undefined ? isFit : ({ identity }) => identity === named)
  const [chosen] = fit
  if (chosen !== undefined && fit.length === 1) return usable(chosen)
  const list = held.map(({ identity }) => identity).join(', ')
  const here = list === '' ? 'no identity file is here yet: make one with zprom apply' : `zprom holds files of: ${list}`
  if (named !== undefined) throw await notHere(named, place, here, deps)
  const why = chosen === undefined ? 'none of the spec is meant for it and has its file here' : 'there are several'
  throw new UsageError(`which identity is to ${what}? ${why}`, `say it with --as NAME, or --identity-file; ${here}`)
}

/** Whether an identity is a developer's: those are there to dial. */
export function isDeveloper({ origin }: Pick<EnrollmentWish, 'origin'>): boolean {
  return origin.startsWith('developer/')
}

async function notHere(named: string, place: Place, here: string, { files }: Pick<Deps, 'files'>): Promise<UsageError> {
  const wish = place.topology.enrollments.find(({ identity }) => identity === named)
  if (wish === undefined) return new UsageError(`--as ${named}: the spec has no such identity`, here)
  const what = `--as ${named}: its identity file is not here`
  if (isDeveloper(wish))
    return new UsageError(what, `enroll it here with: zprom dev-identity ${named} --enroll; ${here}`)
  if (wish.by !== 'token' || (await files.read(join(place.outDir, wish.path))) === undefined)
    return new UsageError(what, here)
  const token = place.shown(wish.path)
  const out = token.replace(/\.jwt$/, '.json')
  return new UsageError(
    `${what}, only its one-time token, ${token}`,
    `hand that to ziti-host (zprom install does), or, to be it here instead: ziti edge enroll --jwt ${token} --out ${out}, and --identity-file ${out}; ${here}`,
  )
}

function usable({ identity, file }: HeldFile): Usable {
  if (!isUnusable(file)) return { identity, file }
  throw new FileError(file.problem, identity, `enroll it again with: zprom apply --re-enroll ${identity}`)
}
