/** Answer to a create: the id, and, when the entity was there already, what the controller has under that name. */
export type Created = { readonly id: string; readonly existing?: unknown }

/** A session at the controller. The token is a secret; `expiresAt` is in milliseconds since the epoch. */
export type Session = {
  readonly token: string
  readonly expiresAt: number
  /** How it is shown; absent: as zt-session. */
  readonly kind?: 'bearer'
  /** What a bearer is renewed with. A secret. */
  readonly refreshToken?: string
}

/**
 * The edge management API as zprom uses it: collections and bodies, no domain words. Paths start with `/` and stand below
 * the management API. Every member throws ControllerError (unreachable, refused, unexpected) or AuthError (login, rights).
 */
export type Controller = {
  /** Origin, such as `https://localhost:1280`; of a cluster, that of the controller which was named first. */
  readonly url: string
  /** Origin of the controller in use. */
  node(): string
  /** Origins of the controllers of its cluster, as far as they are known, its own included. */
  nodes(): readonly string[]
  /**
   * Asks the controller in use for the others of its cluster, if it has not said since the log-in; a run does so of itself once it
   * is more than a glance. Never throws.
   */
  learnNodes(): Promise<void>
  /** How often another controller of the cluster took the place of one that was lost. */
  moves(): number
  /** A whole collection in one request; `filter` is in the API's filter language. */
  list(path: string, filter?: string): Promise<readonly unknown[]>
  /** The members of a collection that have one of these names. */
  listByName(path: string, names: readonly string[]): Promise<readonly unknown[]>
  /** One document's `data`. */
  get(path: string): Promise<unknown>
  /** Creates; when an answer is lost, or the name is taken, looks the name up before anything else. */
  create(path: string, body: Readonly<Record<string, unknown>>): Promise<Created>
  /** Changes the members given. */
  patch(path: string, id: string, body: Readonly<Record<string, unknown>>): Promise<void>
  /** Replaces the whole entity: what the body lacks gets the API's default. */
  put(path: string, id: string, body: Readonly<Record<string, unknown>>): Promise<void>
  /** Deletes; fine when it is gone already. */
  remove(path: string, id: string): Promise<void>
  /** A POST that makes no named entity (enrollments): never repeated when its answer is lost. */
  post(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown>
  /** The session in use, made now if there is none. */
  session(): Promise<Session>
  /** Ends the session at the controller; fine when it has ended already. */
  endSession(): Promise<void>
  /** The controller's version as it names itself in its answers, such as `v2.0.3`; undefined before the first answer. */
  version(): string | undefined
  /** Requests made so far, log-ins and repeats included. */
  requests(): number
  /** Drops the connections. */
  close(): void
}

/** How to log in when there is no session, or it has ended. Secrets are asked for only when needed. */
export type Login = Proof & {
  /** Which kind of session to ask for; absent: a zt-session, or, from a controller that makes none, a bearer token. */
  readonly wanted?: 'bearer' | undefined
  /** Asked for when the controller wants a one-time code as well. Throws UsageError when nobody is there. */
  readonly totp?: (() => Promise<string>) | undefined
}

/** What a login proves who one is with. */
export type Proof =
  | { readonly method: 'password'; readonly username: string; readonly password: () => Promise<string> }
  | ({
      readonly method: 'cert'
      readonly name: string
      /** What to do when it is refused; unless given, to log in with a new one. */
      readonly advice?: string
    } & ClientCertificate)
  | {
      readonly method: 'ext-jwt'
      /** Where the token comes from, for messages. */
      readonly source: string
      readonly token: () => Promise<string>
    }

/** What a connection shows of itself. PEM; the certificate may be followed by those that vouch for it. `key` is a secret. */
export type ClientCertificate = { readonly cert: string; readonly key: string }
