import { createHash } from 'node:crypto'
import type { Snapshot } from '../model/snapshot.js'

/** A fingerprint of the controller and of all entities of a snapshot: 32 hex digits. Other entities give another basis. */
export function basisOf(snapshot: Snapshot): string {
  const hash = createHash('sha256').update(snapshot.controller)
  for (const address of [...snapshot.entities.keys()].sort()) {
    const entity = snapshot.entities.get(address)
    hash.update(`\n${address} ${entity?.id} ${JSON.stringify([entity?.fields, entity?.owner])}`)
  }
  return hash.digest('hex').slice(0, 32)
}
