import { isIP } from 'node:net'
import type { Protocol } from './backend.js'

// What a tunneler tells the host about a call: which address was dialled (github.com/openziti/ziti, tunnel/const.go). Texts all.

/** The address that a caller dialled, by TCP unless it says otherwise. */
export type Dialled = { readonly host: string; readonly port: number; readonly protocol?: Protocol }

/** What a host can read of a call; absent members were not said. */
export type CallDetails = {
  readonly protocol?: string
  /** The name, where a name was dialled. */
  readonly hostname?: string
  readonly ip?: string
  readonly port?: string
}

/** The application data of a call, as tunnelers write it. */
export function writeAppData({ host, port, protocol = 'tcp' }: Dialled): Buffer {
  const address = isIP(host) === 0 ? { dst_hostname: host } : { dst_ip: host }
  return Buffer.from(JSON.stringify({ dst_protocol: protocol, ...address, dst_port: String(port) }))
}

/** Reads it; what is no application data of a tunneler says nothing. */
export function readAppData(data: Buffer | undefined): CallDetails {
  const said = parse(data?.toString('utf8') ?? '')
  const member = (key: string) => {
    const value: unknown = Object.hasOwn(said, key) ? said[key] : undefined
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const [protocol, hostname, ip, port] = ['dst_protocol', 'dst_hostname', 'dst_ip', 'dst_port'].map(member)
  return {
    ...(protocol !== undefined && { protocol }),
    ...(hostname !== undefined && { hostname }),
    ...(ip !== undefined && { ip }),
    ...(port !== undefined && { port }),
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
