import { EdgeError, type EdgeService } from '../edge/index.js'
import { UsageError } from '../errors.js'
import { type HostConfig, readHostConfig, readListenOptions } from '../tunnel/index.js'

/** Whose offer it is, and what is said instead of what its configs say. */
export type HostedAs = {
  /** The hosting identity's name as the controller has it. */
  readonly name: string
  /** The terminator's identity, instead of what follows from its configs; empty for none. */
  readonly terminator?: string | undefined
  /** Something that a person should know and that is no failure. */
  readonly onNotice: (text: string) => void
}

// What a tunneler takes when nothing says otherwise.
const connectTimeoutMs = 5000

/** Those that the identity may host. */
export function hostable(services: readonly EdgeService[]): EdgeService[] {
  return services.filter(({ permissions }) => permissions.includes('Bind'))
}

/** How a service is offered whose calls go where its host.v1 config says. Throws UsageError for one that zprom can't serve. */
export function planByConfig(service: EdgeService, as: HostedAs): HostConfig {
  const { name, host } = service
  if (host === undefined)
    throw new UsageError(`${name}: it has no host.v1 config`, 'say where its calls go with --to HOST:PORT')
  return announced(service, withTerminator(service, readHostConfig(name, host, as.name), as), as)
}

/** How a service is offered whose calls go to one place. Throws UsageError for listen options that zprom can't tell. */
export function planTo(
  service: EdgeService,
  to: { readonly host: string; readonly port: number },
  as: HostedAs,
): HostConfig {
  const listen = service.host === undefined ? {} : readListenOptions(service.name, service.host, as.name)
  const config = { address: to.host, port: to.port, connectTimeoutMs, ...listen, ignored: [] }
  return withTerminator(service, config, as)
}

/** The service that a person named. Throws EdgeError (`denied`), which lists what there is. */
export function findHostable(wanted: string, own: readonly EdgeService[], name: string): EdgeService {
  const service = own.find(one => one.name === wanted)
  if (service !== undefined) return service
  throw new EdgeError(`${wanted}: ${name} may host no such service`, 'denied', `it may host ${namesOf(own)}`)
}

/** Their names, for messages. */
export function namesOf(services: readonly EdgeService[]): string {
  return services.map(({ name }) => name).join(', ') || 'none'
}

function announced({ name }: EdgeService, config: HostConfig, { onNotice }: HostedAs): HostConfig {
  for (const ignored of config.ignored) onNotice(`${name}: host.v1 ${ignored}`)
  return config
}

// A caller by the intercept asks for the identity that its config names. Where that is our own and nothing else is said, to be
// found by nobody can't be meant.
function withTerminator(
  { name, dialIdentity }: EdgeService,
  config: HostConfig,
  { name: hostedBy, terminator, onNotice }: HostedAs,
): HostConfig {
  const { identity = '', ...rest } = config
  const chosen = terminator ?? (identity !== '' ? identity : dialIdentity === hostedBy ? hostedBy : '')
  if (dialIdentity !== undefined && dialIdentity !== chosen) {
    const offered = chosen === '' ? 'none' : chosen
    onNotice(`${name}: its intercept.v1 config asks for the terminator of ${dialIdentity}, and this one has ${offered}`)
  }
  return { ...rest, ...(chosen !== '' && { identity: chosen }) }
}
