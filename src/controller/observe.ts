import { ControllerError } from '../errors.js'
import { decodeFrom, type Kind, kinds, type NameLookup, type Raw, record, type Source, text } from '../kinds/index.js'
import { ownerOf } from '../kinds/tags.js'
import { type Address, addressOf, type KindName, type Observed } from '../model/entity.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import type { Controller } from './port.js'

// Each time another node of the cluster is lost there is one look more.
const maxLooks = 4

/** Given every entity of a look once, a kind at a time, as the lists come. */
export type Take = (observed: readonly Observed[]) => void

/**
 * One look at the controller: every kind whole, all lists in flight at once, ids turned back into names. `begin` is
 * asked anew for each look, should it take more than one. Throws ControllerError, also when no controller of a cluster stands
 * long enough to be read.
 */
export async function observe(controller: Controller, begin?: () => Take): Promise<Snapshot> {
  for (let count = 1; ; count += 1) {
    const before = controller.moves()
    const snapshot = await look(controller, begin?.())
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

async function look(controller: Controller, take: Take = () => undefined): Promise<Snapshot> {
  // One session before the lists, or each of them would be refused on its own.
  await controller.session()
  const { url } = controller
  const typeSource = { url, path: '/config-types' }
  const types = controller
    .list('/config-types')
    .then(list => list.map(type => checkNamed(typeSource, 'config-type', type)))
  const rows = kinds.map(kind => rowOf(kind, { url, path: kind.path }, controller.list(kind.path)))
  const indexes = new Map<KindName, Promise<ReadonlyMap<string, string>>>([
    ['config-type', types.then(indexNames)],
    ...rows.map(({ kind, raws }) => [kind.name, raws.then(indexNames)] as const),
  ])
  // Each list is read once it is there, with those that it names: the controller is still at work on others.
  const [configTypes, lists] = await Promise.all([
    types,
    Promise.all(
      rows.map(async row => {
        const list = await readRow(row, indexes)
        take(list.observed)
        return list
      }),
    ),
    // Nobody names some of these; but what they end with must not go unheard.
    ...indexes.values(),
  ])
  const entities = new Map<Address, Observed>()
  for (const { observed } of lists) for (const one of observed) entities.set(addressOf(one), one)
  return {
    controller: controller.url,
    entities,
    enrollments: new Map(lists.flatMap(({ enrollments }) => enrollments)),
    configTypes: new Map(configTypes.map(raw => pairOf(raw))),
    routerPolicies: {
      identities: hasOwnPolicy(lists, 'edge-router-policy'),
      services: hasOwnPolicy(lists, 'service-edge-router-policy'),
    },
  }
}

type Row = { readonly kind: Kind; readonly source: Source; readonly raws: Promise<readonly Raw[]> }

function rowOf(kind: Kind, source: Source, list: Promise<readonly unknown[]>): Row {
  return { kind, source, raws: list.then(all => all.map(one => checkNamed(source, kind.name, one))) }
}

type List = {
  readonly kind: KindName
  readonly observed: readonly Observed[]
  readonly enrollments: readonly NamedEnrollment[]
  /** Whether there is one that the system did not make. */
  readonly hasOwn: boolean
}

type NamedEnrollment = [name: string, enrollment: ObservedEnrollment]

async function readRow(
  { kind, source, raws: listed }: Row,
  indexes: ReadonlyMap<KindName, Promise<ReadonlyMap<string, string>>>,
): Promise<List> {
  const named = kind.names.map(async name => [name, await indexes.get(name)] as const)
  const [raws, ...known] = await Promise.all([listed, ...named])
  const index = new Map(known)
  const names: NameLookup = (of, id) => index.get(of)?.get(id)
  return {
    kind: kind.name,
    observed: raws.map(raw => readObserved(kind, raw, { names, source })),
    enrollments:
      kind.name === 'identity' ? raws.map(raw => decodeFrom(source, kind.name, raw, readNamedEnrollment)) : [],
    // The system makes a policy per router that joins only the router's own identity: it does not join ours.
    hasOwn: raws.some(raw => raw.isSystem !== true),
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
    const entity = {
      kind: kind.name,
      name: text(raw, 'name', kind.name),
      fields: kind.fromApi(raw, names),
      id: text(raw, 'id', kind.name),
      owner: ownerOf(tags),
      tags,
    }
    // The descriptor of a kind gives the fields of that kind: the one place where the compiler can't see it.
    return entity as Observed
  })
}

function readNamedEnrollment(raw: Raw): NamedEnrollment {
  return [text(raw, 'name', 'identity'), readEnrollment(raw)]
}

/** What an identity's document says of its enrolment. */
export function readEnrollment(raw: Raw): ObservedEnrollment {
  const { ott: byToken, ...otherEnrollments } = record(raw, 'enrollment', 'identity')
  const ott = record({ ott: byToken }, 'ott', 'identity.enrollment')
  const { cert: byCertificate, ...others } = record(raw, 'authenticators', 'identity')
  const cert = record({ cert: byCertificate }, 'cert', 'identity.authenticators')
  const idsIn = (all: Raw, what: string) =>
    Object.keys(all).filter(method => typeof record(all, method, what).id === 'string')
  const otherLogins = [
    // An enrollment that is open is a way in for whoever was given it.
    ...idsIn(others, 'identity.authenticators'),
    ...idsIn(otherEnrollments, 'identity.enrollment').map(method => `${method} (invited)`),
    ...(typeof raw.externalId === 'string' && raw.externalId !== '' ? ['externalId'] : []),
  ].sort()
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
    ...(otherLogins.length > 0 && { otherLogins }),
    // The one type that the controller gives itself, and that stays as it is; 0.28, 1.x and 2.x call it the same.
    ...(raw.typeId === 'Router' && { isRouter: true as const }),
    ...(raw.disabled === true && {
      disabled: typeof raw.disabledUntil === 'string' ? { until: raw.disabledUntil } : {},
    }),
  }
}

// Every entity has these two: what names it for the others.
function checkNamed(source: Source, what: string, one: unknown): Raw {
  return decodeFrom(source, what, one, raw => {
    pairOf(raw, what)
    return raw
  })
}

function pairOf(raw: Raw, what = 'config-type'): [name: string, id: string] {
  return [text(raw, 'name', what), text(raw, 'id', what)]
}

function indexNames(raws: readonly Raw[]): ReadonlyMap<string, string> {
  return new Map(raws.map(raw => [text(raw, 'id', 'entity'), text(raw, 'name', 'entity')]))
}

function hasOwnPolicy(lists: readonly List[], name: KindName): boolean {
  return lists.some(({ kind, hasOwn }) => kind === name && hasOwn)
}
