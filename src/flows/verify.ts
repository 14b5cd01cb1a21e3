import { join } from 'node:path'
import {
  type Credentials,
  type FetchAsOptions,
  fetchRouters,
  fetchServicesAs,
  fetchServicesOf,
  glanceAtServicesAs,
} from '../controller/index.js'
import { fingerprint, type IdentityFile } from '../enroll/index.js'
import { UsageError, VerifyError } from '../errors.js'
import { asRaw, decodeFrom, type Raw, text } from '../kinds/index.js'
import type { CheckResult } from '../model/check.js'
import { isUnusable, type Unusable } from '../model/held.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import { createRouterAccess } from '../plan/index.js'
import type { Spent } from '../report/spent.js'
import { listChecks, runChecks, type VerifyContext, type View } from '../verify/index.js'
import { type ConvergeInputs, preview } from './converge.js'
import { readIdentityFile } from './held.js'
import type { Deps } from './ports.js'

/** What is checked, and how strictly; times in milliseconds. */
export type VerifyOptions = {
  /** Only the checks about this identity. */
  readonly as: string | undefined
  readonly allowExtra: boolean
  /** Whether the services of each identity are compared, however many should see the same. */
  readonly full?: boolean | undefined
  readonly timeoutMs: number
  /** Which kind of session identities ask for. */
  readonly wanted?: Credentials['wanted']
}

/** What all checks found, none of them a failure. */
export type Verified = { readonly checks: readonly CheckResult[]; readonly spent: Spent }

/** Runs every check on the real overlay. Throws VerifyError, which carries all results, when one fails. */
export async function verify(inputs: ConvergeInputs, options: VerifyOptions, deps: Deps): Promise<Verified> {
  const started = deps.now()
  const checks = listChecks(inputs.topology, options)
  if (checks.length === 0) {
    const known = inputs.topology.enrollments.map(({ identity }) => identity).join(', ')
    throw new UsageError(`--as ${options.as}: the spec has no such identity`, `it has: ${known || 'none'}`)
  }
  const [{ plan, snapshot }, routers, terminators] = await Promise.all([
    preview({ ...inputs, adoptWith: 'zprom apply' }, deps),
    fetchRouters(deps.controller),
    countTerminators(deps),
  ])
  let asIdentities = 0
  const onRequest = () => {
    asIdentities += 1
  }
  const asking = { timeoutMs: options.timeoutMs, wanted: options.wanted, onRequest }
  const read = createReader(inputs, deps)
  const context: VerifyContext = {
    topology: inputs.topology,
    snapshot,
    plan,
    controller: deps.controller,
    routerAccess: createRouterAccess(snapshot.entities, routers),
    routers: routers.length,
    terminators,
    now: deps.now(),
    allowExtra: options.allowExtra,
    shown: inputs.shown,
    isPrivate: path => deps.files.isPrivate(join(inputs.outDir, path)),
    heldCertificate: async identity => {
      const held = await read(identity)
      return held === undefined || isUnusable(held) ? held : held.certPems[0]
    },
    view: async identity => {
      const own = await readCredentials(identity, { read, snapshot, asking }, deps)
      return viewOf({ identity, own, snapshot, asking }, deps)
    },
    glance: async (identity, names) => {
      const own = await readCredentials(identity, { read, snapshot, asking }, deps)
      return typeof own === 'string' ? undefined : glanceAtServicesAs(own, names, { ...asking, now: deps.now })
    },
  }
  const results = await runChecks(checks, context)
  const spent = { requests: deps.controller.requests() + asIdentities, durationMs: deps.now() - started }
  const failed = results.filter(({ result }) => result === 'fail')
  if (failed.length > 0) throw new VerifyError(`${failed.length} of ${results.length} checks failed`, results, spent)
  return { checks: results, spent }
}

type Asking = Pick<VerifyOptions, 'timeoutMs' | 'wanted'> & Pick<FetchAsOptions, 'onRequest'>

/**
 * The services of an identity: asked as itself when the file of its enrolment at this controller is held here, otherwise as
 * the administrator's view has them. A file of another enrolment would ask whatever controller it names.
 */
export async function fetchView(
  identity: string,
  inputs: ConvergeInputs,
  snapshot: Snapshot,
  asking: Asking,
  deps: Deps,
): Promise<View> {
  const own = await readCredentials(identity, { read: createReader(inputs, deps), snapshot, asking }, deps)
  return viewOf({ identity, own, snapshot, asking }, deps)
}

type Viewed = {
  readonly identity: string
  /** What it takes to ask as the identity, or why that can't be. */
  readonly own: Credentials | string
  readonly snapshot: Snapshot
  readonly asking: Asking
}

async function viewOf({ identity, own, snapshot, asking }: Viewed, deps: Deps): Promise<View> {
  if (typeof own === 'string')
    return { by: 'administrator', services: await fetchServicesOf(deps.controller, snapshot, identity), why: own }
  return { by: 'identity', services: await fetchServicesAs(own, { ...asking, now: deps.now }) }
}

type Files = { readonly read: Reader; readonly snapshot: Snapshot; readonly asking: Asking }

async function readCredentials(
  identity: string,
  { read, snapshot, asking }: Files,
  { controller }: Deps,
): Promise<Viewed['own']> {
  const own = ofThisEnrolment(await read(identity), snapshot.enrollments.get(identity))
  if (typeof own === 'string') return own
  // It may be one of a cluster that this run has not asked about yet.
  if (!controller.nodes().includes(own.controller)) await controller.learnNodes()
  return {
    name: identity,
    // The controller that enrolled it may be lost; every other of its cluster knows it as well.
    ...(controller.nodes().includes(own.controller)
      ? { url: controller.node(), others: controller.nodes() }
      : { url: own.controller, others: own.others }),
    key: own.keyPem,
    cert: own.certPems.join('\n'),
    ca: own.caPems.join('\n'),
    wanted: asking.wanted,
  }
}

// The identity file if it can speak for the identity here, otherwise why not.
function ofThisEnrolment(
  held: IdentityFile | Unusable | undefined,
  known: ObservedEnrollment | undefined,
): IdentityFile | string {
  if (held === undefined) return 'its identity file is not here'
  if (isUnusable(held)) return "its identity file can't be used"
  if (known?.disabled !== undefined) return 'it is disabled'
  if (known?.certificate === undefined) return 'the controller has no certificate of it'
  const [certificate] = held.certPems
  const isOwn = certificate !== undefined && fingerprint(certificate, 'sha1') === known.certificate.fingerprint
  return isOwn ? held : 'the identity file here is of another enrolment'
}

type Reader = (identity: string) => Promise<IdentityFile | Unusable | undefined>

// Several checks ask for the same file, and to judge the key in it takes a moment: each is read once.
function createReader(inputs: ConvergeInputs, deps: Deps): Reader {
  const wishes = inputs.topology.enrollments.filter(({ by }) => by === 'file')
  const paths = new Map(wishes.map(({ identity, path }) => [identity, path]))
  const known = new Map<string, ReturnType<Reader>>()
  return identity => {
    const path = paths.get(identity)
    const file =
      known.get(identity) ?? (path === undefined ? Promise.resolve(undefined) : readIdentityFile(path, inputs, deps))
    known.set(identity, file)
    return file
  }
}

async function countTerminators({ controller }: Deps): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const source = { url: controller.url, path: '/terminators' }
  for (const row of await controller.list(source.path)) {
    const service = decodeFrom(source, 'terminator', row, serviceOf)
    counts.set(service, (counts.get(service) ?? 0) + 1)
  }
  return counts
}

function serviceOf({ serviceId, service }: Raw): string {
  return typeof serviceId === 'string' ? serviceId : text(asRaw(service, 'terminator.service'), 'id', 'service')
}
