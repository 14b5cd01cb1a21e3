import { setTimeout as pauseFor } from 'node:timers/promises'
import type { EdgeService, Hosting, Overlay } from '../edge/index.js'
import { ZpromError } from '../errors.js'
import type { HostConfig } from '../tunnel/index.js'
import { hostable, namesOf, planByConfig } from './host-plan.js'
import { type HostOptions, offer } from './host-tcp.js'

/** When to look again, and who hears of what became of it; times in milliseconds. */
export type HostAllOptions = HostOptions & {
  /** Between two readings of the services. */
  readonly refreshMs: number
  /** A line about what is waited for, or what is hosted no longer. */
  readonly onNews: (text: string) => void
}

/** One service as it should be offered; `form` differs where the offer has to be made anew. */
type Wanted = { readonly config: HostConfig; readonly form: string }

/** What is known of one service since the last reading. */
type Kept = { form?: string; hosting?: Hosting; told: readonly string[] }

// Each offer logs in for itself: enough of them that one that hangs holds up none, and few enough for the controller.
const atOnce = 8

/**
 * Offers what the host.v1 configs of all services say that the identity may host, and goes on with what they say later, as a
 * tunneler does: what can't be offered is told, and tried again at every reading. Throws only when the first reading fails.
 */
export async function hostAll(overlay: Overlay, options: HostAllOptions): Promise<Hosting> {
  const [name, services] = await Promise.all([overlay.whoAmI(), overlay.services()])
  const stop = new AbortController()
  const { follow, close } = createOffers(overlay, name, stop.signal, options)
  const closed = keepUp(overlay, services, follow, stop.signal, options)
  return {
    closed,
    close: async () => {
      stop.abort()
      await close()
    },
  }
}

// A controller that is away, or has no answer, takes nothing back: what is offered stays so.
async function keepUp(
  overlay: Overlay,
  first: readonly EdgeService[],
  follow: (services: readonly EdgeService[]) => Promise<void>,
  signal: AbortSignal,
  { refreshMs, onNews }: HostAllOptions,
): Promise<void> {
  let services: readonly EdgeService[] | undefined = first
  let isAway = false
  while (!signal.aborted) {
    if (services !== undefined) await follow(services)
    await pauseFor(refreshMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    services = await overlay.services().catch(error => {
      if (!(error instanceof ZpromError)) throw error
      if (!isAway && !signal.aborted) onNews(`services can't be read: ${error.message}; trying again`)
      isAway = true
      return undefined
    })
    if (services === undefined) continue
    if (isAway) onNews('services can be read again')
    isAway = false
  }
}

function createOffers(overlay: Overlay, name: string, signal: AbortSignal, options: HostAllOptions) {
  const known = new Map<string, Kept>()
  let isIdle = false

  // The same text comes again with every reading, and is told once.
  const tell = (kept: Kept, texts: readonly string[]) => {
    for (const text of texts) if (!kept.told.includes(text)) options.onNotice(text)
    kept.told = texts
  }
  const takeBack = async (kept: Kept) => {
    const { hosting } = kept
    delete kept.hosting
    delete kept.form
    await hosting?.close()
  }
  const retire = async (service: string, kept: Kept) => {
    known.delete(service)
    if (kept.hosting !== undefined) options.onNews(`${service} is hosted no longer: ${name} may not, or it is gone`)
    await takeBack(kept)
  }
  // The new one first, so that callers always find one of the two.
  const make = async (service: string, kept: Kept, { config, form }: Wanted) => {
    const before = kept.hosting
    const hosting = await offer(overlay, { service, config }, options)
    if (signal.aborted) return hosting.close()
    Object.assign(kept, { hosting, form })
    await before?.close()
  }
  const bring = async (service: EdgeService) => {
    const kept = known.get(service.name) ?? { told: [] }
    known.set(service.name, kept)
    const texts: string[] = []
    try {
      const wanted = wantedOf(service, name, text => texts.push(text))
      if (wanted.form !== kept.form) await make(service.name, kept, wanted)
    } catch (error) {
      if (!(error instanceof ZpromError)) throw error
      texts.push(`not hosted: ${error.message}`)
      await takeBack(kept)
    }
    if (!signal.aborted) tell(kept, texts)
  }

  const follow = async (services: readonly EdgeService[]) => {
    const own = hostable(services)
    const meant = own.filter(({ host }) => host !== undefined)
    const names = new Set(meant.map(one => one.name))
    const gone = [...known].filter(([service]) => !names.has(service))
    await Promise.all(gone.map(([service, kept]) => retire(service, kept)))
    if (meant.length === 0 && !isIdle)
      options.onNews(`${name} may host no service with a host.v1 config (it may host ${namesOf(own)}); waiting for one`)
    isIdle = meant.length === 0
    const queue = [...meant]
    const work = async () => {
      for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) await bring(next)
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }
  const close = async () => {
    await Promise.all([...known.values()].map(takeBack))
  }
  return { follow, close }
}

// The service's id too: one that was made anew under its name has forgotten its terminators.
function wantedOf(service: EdgeService, name: string, onNotice: (text: string) => void): Wanted {
  const config = planByConfig(service, { name, onNotice })
  return { config, form: JSON.stringify([service.id, service.encryptionRequired, config]) }
}
