import type { Address, Observed } from './entity.js'

/** What the controller knows of an identity's enrolment. Holds a one-time token: never print it. */
export type ObservedEnrollment = {
  readonly identityId: string
  /** The open one-time enrollment; absent when none is open. */
  readonly ott?: { readonly id: string; readonly jwt: string; readonly expiresAt: string }
  /** The certificate that the identity logs in with; the fingerprint is SHA-1 of its DER, lower-case hex. */
  readonly certificate?: { readonly authenticatorId: string; readonly fingerprint: string }
  /** What it can log in by beside a certificate: authenticators such as `updb`, and `externalId`. Absent when nothing. */
  readonly otherLogins?: readonly string[]
  /** Whether it is an edge router's own, which goes with the router. */
  readonly isRouter?: true
  /** It can't log in: somebody turned it off, or it failed to too often. `until`: RFC 3339, absent when for good. */
  readonly disabled?: { readonly until?: string }
}

/** Everything that one look at the controller brought back. */
export type Snapshot = {
  /** Base URL, such as `https://localhost:1280`. */
  readonly controller: string
  readonly entities: ReadonlyMap<Address, Observed>
  /** By name of identity. */
  readonly enrollments: ReadonlyMap<string, ObservedEnrollment>
  /** Config type name -> id; ids stay inside controller/ and apply/. */
  readonly configTypes: ReadonlyMap<string, string>
  /** Whether policies other than the system's own join identities to routers, and services to routers. */
  readonly routerPolicies: { readonly identities: boolean; readonly services: boolean }
}
