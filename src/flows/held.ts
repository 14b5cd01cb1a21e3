import { basename, dirname, join } from 'node:path'
import type { Controller } from '../controller/index.js'
import {
  fingerprint,
  glanceAtIdentity,
  type IdentityFile,
  isUsableKey,
  keyFitsCertificate,
  parseIdentityFile,
} from '../enroll/index.js'
import { FileError } from '../errors.js'
import { decodeFrom } from '../kinds/index.js'
import { mapBounded } from '../model/bounded.js'
import { type Held, isUnusable, type Unusable } from '../model/held.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import type { EnrollmentWish, Topology } from '../model/topology.js'
import type { Deps } from './ports.js'

/** Where the key of an unfinished enrolment waits, beside the identity file to come. */
export function pendingKeyPath(identityPath: string): string {
  return identityPath.replace(/\.json$/, '.key')
}

/** Where the token of an identity is, or was, beside its identity file. */
export function tokenPath(identityPath: string): string {
  return identityPath.replace(/\.json$/, '.jwt')
}

/** The output folder, and how a person would type a path in it. */
export type Folder = {
  /** Absolute. */
  readonly outDir: string
  /** A path below it as seen from the working directory. */
  readonly shown: (path: string) => string
}

type Inputs = Folder & { readonly topology: Topology }

// In a turn of the event loop, which the requests for the lists need as well.
const filesAtOnce = 8

/**
 * What the output folder holds for each identity that the topology wants enrolled. What can't be read is a state, no error.
 * Files are read at once, and compared once the snapshot is there: the controller takes its time for the lists.
 */
export async function readHeld(inputs: Inputs, snapshot: Promise<Snapshot>, deps: Deps): Promise<Map<string, Held>> {
  const judges = await mapBounded(inputs.topology.enrollments, filesAtOnce, async wish => {
    const read = wish.by === 'token' ? readHeldToken : readHeldFile
    return [wish.identity, await read(wish, inputs, deps)] as const
  })
  const { enrollments } = await snapshot
  const held = judges.map(async ([identity, judge]) => [identity, await judge(enrollments.get(identity))] as const)
  return new Map(await Promise.all(held))
}

/**
 * Removes keys that wait beside the identity file that has them: what a run leaves that is killed between its last two steps.
 * No other key, for the controller may be one of a cluster that is behind, and know an older certificate.
 */
export async function removeSpentKeys(
  { topology, outDir }: Inputs,
  { held, snapshot }: { readonly held: ReadonlyMap<string, Held>; readonly snapshot: Snapshot },
  { files }: Pick<Deps, 'files'>,
): Promise<void> {
  for (const { identity, path } of topology.enrollments) {
    const { file, pendingKey } = held.get(identity) ?? {}
    if (pendingKey === undefined || isUnusable(pendingKey) || file === undefined || isUnusable(file)) continue
    const isInUse = file.fingerprint === snapshot.enrollments.get(identity)?.certificate?.fingerprint
    if (isInUse && pendingKey.fitsCertificate === true) await files.remove(pendingKeyPath(join(outDir, path)))
  }
}

// What was read, as far as it goes without what the controller knows; that is added later.
type Judge = (known: ObservedEnrollment | undefined) => Held | Promise<Held>

/** The identity file at a path below the output folder; undefined when there is none. */
export async function readIdentityFile(
  path: string,
  { outDir, shown }: Folder,
  { files }: Pick<Deps, 'files'>,
): Promise<IdentityFile | Unusable | undefined> {
  return orUnusable(async () => {
    const text = await files.readOwn(join(outDir, path))
    return text === undefined ? undefined : parseIdentityFile(text, { name: shown(path) })
  })
}

/** The private key in a file that is there. */
export async function readKey(
  path: string,
  { files }: Pick<Deps, 'files'>,
  shown: string = path,
): Promise<string | Unusable | undefined> {
  return orUnusable(async () => {
    const key = await files.readOwn(path)
    return key === undefined || isUsableKey(key) ? key : { problem: `${shown} holds no private key in PEM` }
  })
}

async function readHeldToken({ path }: EnrollmentWish, folder: Folder, deps: Deps): Promise<Judge> {
  const token = await orUnusable(() => deps.files.readOwn(join(folder.outDir, path)))
  if (token !== undefined) return () => ({ token: typeof token === 'string' ? token.trim() : token })
  return async known => {
    if (known?.certificate === undefined) return {}
    return heldFile(await readIdentityFile(path.replace(/\.jwt$/, '.json'), folder, deps))
  }
}

async function readHeldFile({ path }: EnrollmentWish, folder: Folder, deps: Deps): Promise<Judge> {
  const keyPath = pendingKeyPath(path)
  const [judge, key] = await Promise.all([
    lookAtFile(path, folder, deps),
    readKey(join(folder.outDir, keyPath), deps, folder.shown(keyPath)),
  ])
  if (key === undefined) return judge
  return async known => {
    const pendingKey = isUnusable(key) ? key : { fitsCertificate: await fitsCertificate(key, known, deps.controller) }
    return { ...(await judge(known)), pendingKey }
  }
}

// Parsed only when it is not at once plain that it is the file of the enrolment that the controller knows.
async function lookAtFile(path: string, folder: Folder, { files }: Deps): Promise<Judge> {
  const text = await orUnusable(() => files.readOwn(join(folder.outDir, path)))
  const fingerprint = typeof text === 'string' ? glanceAtIdentity(text) : undefined
  return async known => {
    const wanted = known?.certificate?.fingerprint
    if (fingerprint !== undefined && fingerprint === wanted) return { file: { fingerprint } }
    const file = typeof text === 'string' ? await judgeText(text, path, folder) : text
    const held: Held = file === undefined ? {} : { file }
    if (wanted === undefined || (file !== undefined && !isUnusable(file) && file.fingerprint === wanted)) return held
    const kept = await findKept(path, wanted, folder, files)
    return kept === undefined ? held : { ...held, kept }
  }
}

async function judgeText(text: string, path: string, { shown }: Folder): Promise<Held['file']> {
  return heldFile(await orUnusable(async () => parseIdentityFile(text, { name: shown(path) }))).file
}

// Two specs that share a folder, or a person who went back and forth, displace each other's files.
async function findKept(
  path: string,
  wanted: string,
  folder: Folder,
  files: Deps['files'],
): Promise<string | undefined> {
  // What is listed and no more: where a folder should be there can be a file, and then no name is ever free.
  const names = await orUnusable(() => files.list(join(folder.outDir, dirname(path))))
  const start = `${basename(path)}.old`
  for (const name of isUnusable(names) ? [] : [...names].sort()) {
    if (name !== start && !name.startsWith(`${start}.`)) continue
    const aside = join(dirname(path), name)
    const text = await orUnusable(() => files.readOwn(join(folder.outDir, aside)))
    const file = typeof text === 'string' ? await judgeText(text, aside, folder) : undefined
    if (file !== undefined && !isUnusable(file) && file.fingerprint === wanted) return aside
  }
  return undefined
}

function heldFile(file: IdentityFile | Unusable | undefined): Held {
  if (file === undefined) return {}
  return { file: isUnusable(file) ? file : { fingerprint: fingerprint(file.certPems[0] ?? '', 'sha1') } }
}

// Only an unfinished enrolment costs this request: was the controller's certificate made for the key that waits here?
async function fitsCertificate(
  key: string,
  known: ObservedEnrollment | undefined,
  controller: Controller,
): Promise<boolean | undefined> {
  if (known?.certificate === undefined) return undefined
  const source = { url: controller.url, path: `/authenticators/${known.certificate.authenticatorId}` }
  const found = await controller.get(source.path)
  const { certPem } = decodeFrom(source, 'authenticator', found, raw => raw)
  return typeof certPem === 'string' && keyFitsCertificate(key, certPem)
}

const unreadable =
  'mend its rights, or whatever keeps it from being read, and run the same command again: it may be as good as ever'

async function orUnusable<T>(read: () => Promise<T>): Promise<T | Unusable> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    const problem = error.message.replace(/\.$/, '')
    const { osCode } = error
    // A folder in its place holds nothing; everything else is of the machine and its rights, and says nothing against the file.
    return osCode === undefined || osCode === 'EISDIR' ? { problem } : { problem, remedy: unreadable }
  }
}
