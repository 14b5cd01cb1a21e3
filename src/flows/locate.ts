import { EdgeError, type EdgeService, type Overlay, type Place } from '../edge/index.js'
import type { ScrapeTarget } from '../model/scrape.js'

/**
 * What a person calls a service: its name, its intercept address with or without the port, the text of a scrape target
 * (`service-identity`), or what the spec calls it (`kubeA.reflect`). By exact lookup among what the identity may dial.
 * Throws EdgeError (`denied`) with the nearest names.
 */
export async function locate(
  word: string,
  overlay: Pick<Overlay, 'services'>,
  targets: readonly ScrapeTarget[],
): Promise<Place> {
  const services = (await overlay.services()).filter(({ permissions }) => permissions.includes('Dial'))
  const known = new Set(services.map(({ name }) => name))
  if (known.has(word)) return placeOf(word, targets)
  const target = targets.find(({ name, service, identity }) => word === name || word === `${service}-${identity}`)
  if (target !== undefined && known.has(target.service)) return { service: target.service, ...idOf(target) }
  const byAddress = services.find(service => service.intercepts.some(address => matches(address, word)))
  if (byAddress !== undefined) return placeOf(byAddress.name, targets)
  throw unknown(word, services)
}

// Of a service whose terminators are asked for by name, the spec knows which.
function placeOf(service: string, targets: readonly ScrapeTarget[]): Place {
  const target = targets.find(one => one.service === service)
  return { service, ...(target !== undefined && idOf(target)) }
}

function idOf({ identity }: ScrapeTarget): { identity?: string } {
  return identity === '' ? {} : { identity }
}

// Host names know no case.
function matches(intercept: string, word: string): boolean {
  const [address, asked] = [intercept.toLowerCase(), word.toLowerCase()]
  return address === asked || address.slice(0, address.lastIndexOf(':')) === asked
}

function unknown(word: string, services: readonly EdgeService[]): EdgeError {
  const names = services.map(({ name }) => name)
  const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? `, and ${names.length - 8} more` : '')
  return new EdgeError(
    `${word}: this identity may dial no such service`,
    'denied',
    names.length === 0 ? 'it may dial none at all: see zprom verify' : `it may dial ${shown}`,
  )
}
