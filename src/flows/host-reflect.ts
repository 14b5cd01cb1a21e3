import type { Hosting, Overlay } from '../edge/index.js'
import { workloadNames } from '../expand/names.js'
import { createReflect } from '../reflect/index.js'

/** The two services of a workload, and who hosts them. */
export type ReflectHosting = {
  readonly service: string
  readonly scrapeService: string
  /** The hosting identity's name, which is the terminator that scrapes ask for. */
  readonly identity: string
}

/** The services of the workload that an identity of this name is for; undefined for a name of another form. */
export function reflectServicesOf(identity: string): Omit<ReflectHosting, 'identity'> | undefined {
  const base = identity.replace(/\.id$/, '')
  const dot = base.lastIndexOf('.')
  if (base === identity || dot < 1) return undefined
  const { service, scrapeService } = workloadNames(base.slice(0, dot), base.slice(dot + 1))
  return { service, scrapeService }
}

/** What becomes of an offer, said whenever it changes. */
export type OnState = (service: string, state: 'hosting' | 'lost', detail: string) => void

/**
 * Offers what the article's reflect offers: lines come back on one service, and metrics are served on another, on every
 * path. Nothing listens on the plain network. Throws EdgeError when an offer fails.
 */
export async function hostReflect(
  overlay: Pick<Overlay, 'host'>,
  { service, scrapeService, identity }: ReflectHosting,
  onState: OnState,
): Promise<Hosting> {
  const reflect = createReflect()
  const state = (name: string) => (word: 'hosting' | 'lost', detail: string) => onState(name, word, detail)
  const hostings: Hosting[] = []
  const close = async () => {
    reflect.close()
    await Promise.all(hostings.map(hosting => hosting.close()))
  }
  try {
    hostings.push(await overlay.host(service, { onState: state(service) }, reflect.onConnection))
    hostings.push(await overlay.host(scrapeService, { identity, onState: state(scrapeService) }, reflect.onScrape))
    return { close, closed: Promise.all(hostings.map(({ closed }) => closed)).then(() => undefined) }
  } catch (error) {
    await close()
    throw error
  }
}
