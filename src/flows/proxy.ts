import type { Overlay } from '../edge/index.js'
import { UsageError } from '../errors.js'
import { findDestination, type LocalPort, type Naming, openLocalPort } from '../tunnel/index.js'

/** Which services get a port, and what becomes of their connections; times in milliseconds. */
export type ProxyOptions = {
  /** `SERVICE` or `SERVICE:PORT`, the port being the local one. */
  readonly wanted: readonly string[]
  readonly naming: Naming
  readonly idleMs: number
  readonly onError: (error: Error) => void
}

/** Opens a port of 127.0.0.1 for each service, all of them or none. Throws UsageError, EdgeError, ToolError. */
export async function openProxy(
  overlay: Overlay,
  { wanted, naming, ...options }: ProxyOptions,
): Promise<{ readonly ports: readonly LocalPort[]; close(): Promise<void> }> {
  const services = await overlay.services()
  const names = new Set(services.map(({ name }) => name))
  const plans = wanted.map(text => {
    const { place, port } = names.has(text) ? { place: text, port: 0 } : splitPort(text)
    return { port, destination: findDestination(place, services, naming) }
  })
  const ports: LocalPort[] = []
  const close = async () => {
    await Promise.all(ports.map(port => port.close()))
  }
  try {
    for (const plan of plans) ports.push(await openLocalPort(overlay, { ...plan, ...options }))
    return { ports, close }
  } catch (error) {
    await close()
    throw error
  }
}

function splitPort(text: string): { readonly place: string; readonly port: number } {
  const [, place = text, port] = /^(.+):(\d+)$/.exec(text) ?? []
  if (Number(port ?? 0) > 65_535) throw new UsageError(`${text}: there is no port ${port}`)
  return { place, port: Number(port ?? 0) }
}

/** The URL behind which a browser finds a service: https where its intercept says 443. */
export function urlOf({ host, port, destination }: LocalPort, path: string): string {
  const scheme = destination.dialled?.port === 443 ? 'https' : 'http'
  return new URL(`${scheme}://${host}:${port}/${path.replace(/^\/+/, '')}`).href
}
