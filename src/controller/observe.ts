import { ControllerError } from '../errors.js'
import { decodeFrom, type Kind, kinds, type NameLookup, type Raw, record, type Source, text } from '../kinds/index.js'
import { ownerOf } from '../kinds/tags.js'
import { type Address, addressOf, type Entity, type KindName, type Observed } from '../model/entity.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import type { Controller } from './port.js'

// Each time another node of the cluster is lost there is one look more.
const maxLooks = 4

/**
 * One look at the controller: every kind whole, all lists in flight at once, ids turned back into names. Throws
 * ControllerError, also when no controller of a cluster stands long enough to be read.
 */
export async function observe(controller: Controller): Promise<Snapshot> {
  for (let count = 1; ; count += 1) {
    const before = controller.moves()
    const snapshot = await look(controller)
    if (controller.moves() === before) return snapshot
    // Half of it from a node that was lost and half from one that may be behind is no state that ever was.
    if (count === maxLooks) throw unsteady(controller)
  }
}

function unsteady(controller: Controller): ControllerError {
  return new ControllerError(
    `${controller.node()}: the controllers of the cluster were lost one after another, ${maxLooks} times, while they were read`,
    { method: 'GET', path: '/', retryable: true },
    'nothing was changed by this; see that they run, then run again',
  )
}

async function look(controller: Controller): Promise<Snapshot> {
  // One session before the lists, or each of them would be refused on its own.
  await controller.session()
  const [types, ...lists] = await Promise.all([
    controller.list('/config-types'),
    ...kinds.map(kind => controller.list(kind.path)),
  ])
  const { url } = controller
  const rows = kinds.map((kind, index) => rowOf(kind, { url, path: kind.path }, lists[index] ?? []))
  const typeSource = { url, path: '/config-types' }
  const configTypes = new Map(types.map(type => decodeFrom(typeSource, 'config-type', type, pairOf)))
  const names = indexNames(rows, configTypes)
  const entities = new Map<Address, Observed>()
  for (const { kind, source, raws } of rows) {
    for (const raw of raws) {
      const observed = readObserved(kind, raw, { names, source })
      entities.set(addressOf(observed), observed)
    }
  }
  return {
    controller: controller.url,
    entities,
    enrollments: new Map(
      rows.flatMap(({ kind, source, raws }) =>
        kind.name === 'identity' ? raws.map(raw => decodeFrom(source, kind.name, raw, readNamedEnrollment)) : [],
      ),
    ),
    configTypes,
    routerPolicies: {
      identities: hasOwnPolicy(rowsOf(rows, 'edge-router-policy')),
      services: hasOwnPolicy(rowsOf(rows, 'service-edge-router-policy')),
    },
  }
}

/** One entity of the API -> normal form. `source`: what was asked, for what is wrong with the answer. */
export function readObserved(
  kind: Kind,
  document: unknown,
  { names, source }: { readonly names: NameLookup; readonly source: Source },
): Observed {
  return decodeFrom(source, kind.name, document, raw => {
    const tags = record(raw, 'tags', kind.name)
    const entity = { kind: kind.name, name: text(raw, 'name', kind.name), fields: kind.fromApi(raw, names) }
    // The descriptor of a kind gives the fields of that kind: the one place where the compiler can't see it.
    return { ...(entity as Entity), id: text(raw, 'id', kind.name), owner: ownerOf(tags), tags }
  })
}

function readNamedEnrollment(raw: Raw): [name: string, enrollment: ObservedEnrollment] {
  return [text(raw, 'name', 'identity'), readEnrollment(raw)]
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

type Row = { readonly kind: Kind; readonly source: Source; readonly raws: readonly Raw[] }

// Every entity has these two: what names it for the others.
function rowOf(kind: Kind, source: Source, list: readonly unknown[]): Row {
  const checked = (raw: Raw) => {
    pairOf(raw, kind.name)
    return raw
  }
  return { kind, source, raws: list.map(one => decodeFrom(source, kind.name, one, checked)) }
}

function rowsOf(rows: readonly Row[], name: KindName): readonly Raw[] {
  return rows.find(({ kind }) => kind.name === name)?.raws ?? []
}

function pairOf(raw: Raw, what = 'config-type'): [name: string, id: string] {
  return [text(raw, 'name', what), text(raw, 'id', what)]
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
