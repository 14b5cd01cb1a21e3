import { createHash } from 'node:crypto'
import type { Held } from '../model/held.js'
import type { Snapshot } from '../model/snapshot.js'
import { tokenIdOf } from '../model/token-id.js'

/**
 * A fingerprint of what a plan was made from: the controller, all entities of the snapshot, and of each identity the
 * enrolment, there and here; 32 hex digits. Tokens go in, but nothing can be read back from it.
 */
export function basisOf(snapshot: Snapshot, held: ReadonlyMap<string, Held>): string {
  const hash = createHash('sha256').update(snapshot.controller)
  for (const address of [...snapshot.entities.keys()].sort()) {
    const entity = snapshot.entities.get(address)
    hash.update(`\n${address} ${entity?.id} ${JSON.stringify([entity?.fields, entity?.owner])}`)
  }
  for (const name of [...snapshot.enrollments.keys()].sort()) {
    const { ott, certificate, otherLogins = [] } = snapshot.enrollments.get(name) ?? {}
    hash.update(`\nenrollment ${name} ${ott?.id} ${ott && tokenIdOf(ott.jwt)} ${certificate?.fingerprint}`)
    for (const login of otherLogins) hash.update(` ${login}`)
  }
  for (const name of [...held.keys()].sort()) hash.update(`\nheld ${name} ${JSON.stringify(held.get(name))}`)
  return hash.digest('hex').slice(0, 32)
}
