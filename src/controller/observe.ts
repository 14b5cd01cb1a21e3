import { asRaw, type Kind, kinds, type NameLookup, type Raw, record, text } from '../kinds/index.js'
import { ownerOf } from '../kinds/tags.js'
import { type Address, addressOf, type Entity, type KindName, type Observed } from '../model/entity.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import type { Controller } from './port.js'

// Each time another node of the cluster is lost there is one look more.
const maxLooks = 4

/** One look at the controller: every kind whole, all lists in flight at once, ids turned back into names. */
export async function observe(controller: Controller): Promise<Snapshot> {
  for (let count = 1; ; count += 1) {
    const before = controller.moves()
    const snapshot = await look(controller)
    // Half of it from a node that was lost and half from one that may be behind is no state that ever was.
    if (controller.moves() === before || count === maxLooks) return snapshot
  }
}

async function look(controller: Controller): Promise<Snapshot> {
  // One session before the lists, or each of them would be refused on its own.
  await controller.session()
  const [types, ...lists] = await Promise.all([
    controller.list('/config-types'),
    ...kinds.map(kind => controller.list(kind.path)),
  ])
  const rows = kinds.map((kind, index) => ({ kind, raws: (lists[index] ?? []).map(raw => asRaw(raw, kind.name)) }))
  const configTypes = new Map(types.map(raw => pairOf(asRaw(raw, 'config-type'))))
  const names = indexNames(rows, configTypes)
  const entities = new Map<Address, Observed>()
  for (const { kind, raws } of rows) {
    for (const raw of raws) {
      const observed = readObserved(kind, raw, names)
      entities.set(addressOf(observed), observed)
    }
  }
  return {
    controller: controller.url,
    entities,
    enrollments: new Map(rowsOf(rows, 'identity').map(raw => [text(raw, 'name', 'identity'), readEnrollment(raw)])),
    configTypes,
    routerPolicies: {
      identities: hasOwnPolicy(rowsOf(rows, 'edge-router-policy')),
      services: hasOwnPolicy(rowsOf(rows, 'service-edge-router-policy')),
    },
  }
}

/** One entity of the API -> normal form. */
export function readObserved(kind: Kind, raw: Raw, names: NameLookup): Observed {
  const tags = record(raw, 'tags', kind.name)
  const entity = { kind: kind.name, name: text(raw, 'name', kind.name), fields: kind.fromApi(raw, names) }
  // The descriptor of a kind gives the fields of that kind: the one place where the compiler can't see it.
  return { ...(entity as Entity), id: text(raw, 'id', kind.name), owner: ownerOf(tags), tags }
}

/** What an identity's document says of its enrolment. */
export function readEnrollment(raw: Raw): ObservedEnrollment {
  const ott = record(record(raw, 'enrollment', 'identity'), 'ott', 'identity.enrollment')
  const cert = record(record(raw, 'authenticators', 'identity'), 'cert', 'identity.authenticators')
  return {
    identityId: text(raw, 'id', 'identity'),
    ...(typeof ott.jwt === 'string' && {
      ott: { id: text(ott, 'id', 'ott'), jwt: ott.jwt, expiresAt: text(ott, 'expiresAt', 'ott') },
    }),
    ...(typeof cert.id === 'string' && {
      certificate: {
        authenticatorId: cert.id,
        fingerprint: text(cert, 'fingerprint', 'authenticators.cert').toLowerCase(),
      },
    }),
  }
}

type Row = { readonly kind: Kind; readonly raws: readonly Raw[] }

function rowsOf(rows: readonly Row[], name: KindName): readonly Raw[] {
  return rows.find(({ kind }) => kind.name === name)?.raws ?? []
}

function pairOf(raw: Raw): [name: string, id: string] {
  return [text(raw, 'name', 'config-type'), text(raw, 'id', 'config-type')]
}

function indexNames(rows: readonly Row[], configTypes: ReadonlyMap<string, string>): NameLookup {
  const index = new Map<KindName, Map<string, string>>()
  index.set('config-type', new Map([...configTypes].map(([name, id]) => [id, name])))
  for (const { kind, raws } of rows) {
    index.set(kind.name, new Map(raws.map(raw => [text(raw, 'id', kind.name), text(raw, 'name', kind.name)])))
  }
  return (kind, id) => index.get(kind)?.get(id)
}

// The system makes a policy per router that joins only the router's own identity: it does not join ours.
function hasOwnPolicy(raws: readonly Raw[]): boolean {
  return raws.some(raw => raw.isSystem !== true)
}
