import { join } from 'node:path'
import type { Controller } from '../controller/index.js'
import { fingerprint, keyFitsCertificate, parseIdentityFile } from '../enroll/index.js'
import { asRaw } from '../kinds/index.js'
import type { Held } from '../model/held.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import type { EnrollmentWish, Topology } from '../model/topology.js'
import type { Deps } from './ports.js'

/** Where the key of an unfinished enrolment waits, beside the identity file to come. */
export function pendingKeyPath(identityPath: string): string {
  return identityPath.replace(/\.json$/, '.key')
}

/** What the output folder holds for each identity that the topology wants enrolled. Throws FileError on unreadable files. */
export async function readHeld(
  inputs: { readonly topology: Topology; readonly outDir: string },
  snapshot: Snapshot,
  deps: Deps,
): Promise<Map<string, Held>> {
  const entries = await Promise.all(
    inputs.topology.enrollments.map(async wish => {
      const path = join(inputs.outDir, wish.path)
      const known = snapshot.enrollments.get(wish.identity)
      const held = wish.by === 'token' ? await readHeldToken(path, deps) : await readHeldFile(wish, path, known, deps)
      return [wish.identity, held] as const
    }),
  )
  return new Map(entries)
}

async function readHeldToken(path: string, { files }: Deps): Promise<Held> {
  const token = await files.read(path)
  return token === undefined ? {} : { token: token.trim() }
}

async function readHeldFile(
  wish: EnrollmentWish,
  path: string,
  known: ObservedEnrollment | undefined,
  { files, controller }: Deps,
): Promise<Held> {
  const [file, key] = await Promise.all([files.read(path), files.read(pendingKeyPath(path))])
  return {
    ...(file !== undefined && { file: { fingerprint: fingerprintOf(file, wish) } }),
    ...(key !== undefined && { pendingKey: { fitsCertificate: await fitsCertificate(key, known, controller) } }),
  }
}

function fingerprintOf(file: string, wish: EnrollmentWish): string {
  const [certificate = ''] = parseIdentityFile(file, { name: wish.path }).certPems
  return fingerprint(certificate, 'sha1')
}

// Only an unfinished enrolment costs this request: was the controller's certificate made for the key that waits here?
async function fitsCertificate(
  key: string,
  known: ObservedEnrollment | undefined,
  controller: Controller,
): Promise<boolean | undefined> {
  if (known?.certificate === undefined) return undefined
  const { certPem } = asRaw(
    await controller.get(`/authenticators/${known.certificate.authenticatorId}`),
    'authenticator',
  )
  return typeof certPem === 'string' && keyFitsCertificate(key, certPem)
}
