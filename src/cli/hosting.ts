import { EdgeError, type Overlay } from '../edge/index.js'
import { UsageError } from '../errors.js'
import { type Backend, readHostConfig, type TcpHosting } from '../flows/host-tcp.js'

export type HostingChoice = {
  readonly identity: string
  readonly service: string | undefined
  readonly all: boolean
  readonly to?: string | undefined
  readonly terminator?: string | undefined
}

/** What is to be hosted, and where its calls go. Throws UsageError, and EdgeError for a service that can't be. */
export async function chooseHostings(
  overlay: Pick<Overlay, 'services'>,
  { identity, service: name, all, to, terminator }: HostingChoice,
  say: (line: string) => void,
): Promise<TcpHosting[]> {
  if ((name === undefined) !== all) throw new UsageError('name one service, or say --all')
  const services = (await overlay.services()).filter(({ permissions }) => permissions.includes('Bind'))
  if (name === undefined) {
    const hostable = services.flatMap(service => {
      try {
        return [readHostConfig(service, identity)]
      } catch (error) {
        if (!(error instanceof EdgeError)) throw error
        say(`left out: ${error.message}`)
        return []
      }
    })
    if (hostable.length > 0) return hostable
    throw new UsageError(
      `${identity} may host no service with a host.v1 config`,
      'name one and say where it is: --to HOST:PORT',
    )
  }
  const service = services.find(one => one.name === name)
  if (service === undefined) {
    const names = services.map(one => one.name).join(', ')
    throw new EdgeError(`${name}: ${identity} may host no such service`, 'denied', `it may host ${names || 'none'}`)
  }
  if (to === undefined) return [readHostConfig(service, identity)]
  return [{ service: name, backend: parseBackend(to), ...(terminator !== undefined && { identity: terminator }) }]
}

/** Settles when the person has had enough. */
export function stayUntilInterrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    // A listener alone keeps no process alive.
    const alive = setInterval(() => undefined, 60_000)
    signal.addEventListener('abort', () => {
      clearInterval(alive)
      resolve()
    })
  })
}

function parseBackend(text: string): Backend {
  const [, host = '', port = ''] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? []
  if (host !== '' && Number(port) > 0 && Number(port) <= 65_535)
    return { host, port: Number(port), connectTimeoutMs: 4_000 }
  throw new UsageError(`--to ${text} is no address`, 'write HOST:PORT, such as 127.0.0.1:9090')
}
