/** A service as an identity sees it. */
export type EdgeService = {
  readonly id: string
  readonly name: string
  readonly encryptionRequired: boolean
  readonly permissions: readonly ('Bind' | 'Dial')[]
  /** `address:port` of its intercept.v1 config. */
  readonly intercepts: readonly string[]
  /** The terminator's identity that its intercept.v1 config has callers ask for; undefined when it names none. */
  readonly dialIdentity: string | undefined
  /** Whether its intercept.v1 config is for UDP and not for TCP. */
  readonly isUdp: boolean
  /** Its host.v1 config as it is; undefined when it has none. */
  readonly host: Readonly<Record<string, unknown>> | undefined
}

/** The right to dial or host one service, and the routers that take it. */
export type ServiceSession = {
  /** A secret. */
  readonly token: string
  /** URLs of their TLS listeners, in the controller's order. */
  readonly routers: readonly string[]
}

/** What the data plane asks of a controller, as one identity. */
export type EdgeApi = {
  /** Name of the identity, for hosts to see and for messages. */
  readonly identity: string
  /** The token of the API session, made when there is none. A secret. */
  token(): Promise<string>
  /** Gives up a session that a router did not accept. */
  renew(rejected: string): void
  /** Calls when a token took the place of another, of the same session: routers that were shown that one are to be told. */
  onRenewal(listener: (before: string, after: string) => void): void
  services(): Promise<EdgeService[]>
  /** Name of the identity as the controller has it. */
  whoAmI(): Promise<string>
  /** Throws EdgeError (`denied`) without the right. */
  session(service: EdgeService, type: 'Dial' | 'Bind'): Promise<ServiceSession>
  /** Ends the API session, and with it every channel that was opened with it. */
  end(): Promise<void>
}
