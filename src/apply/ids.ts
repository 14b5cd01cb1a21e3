import type { IdLookup, NameLookup } from '../kinds/index.js'
import { type Address, addressOf } from '../model/entity.js'
import type { Snapshot } from '../model/snapshot.js'

/** Names to ids and back, for what was there and for what this run makes. */
export type IdBook = {
  readonly idOf: IdLookup
  readonly nameOf: NameLookup
  add(address: Address, id: string): void
}

/** Starts with everything that the snapshot knows. */
export function createIdBook(snapshot: Snapshot): IdBook {
  const ids = new Map<Address, string>()
  const names = new Map<string, string>()
  const add = (address: Address, id: string) => {
    const slash = address.indexOf('/')
    ids.set(address, id)
    names.set(`${address.slice(0, slash)}/${id}`, address.slice(slash + 1))
  }
  for (const [address, { id }] of snapshot.entities) add(address, id)
  for (const [name, id] of snapshot.configTypes) add(`config-type/${name}`, id)
  return {
    add,
    nameOf: (kind, id) => names.get(`${kind}/${id}`),
    idOf: (kind, name) => {
      const id = ids.get(addressOf({ kind, name }))
      if (id === undefined) throw new Error(`no id is known for ${kind}/${name}`)
      return id
    },
  }
}
