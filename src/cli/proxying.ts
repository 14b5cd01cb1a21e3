import { UsageError } from '../errors.js'
import { type Proxied, startProxy } from '../flows/proxy.js'
import { findPlace, type OpenedOverlay } from './overlay-identity.js'

/** Opens a port of 127.0.0.1 for each word, `SERVICE` or `SERVICE:PORT`; none when one of them can't be. */
export async function openPorts(
  words: readonly string[],
  opened: OpenedOverlay,
  say: (line: string) => void,
): Promise<Proxied[]> {
  const wanted = await Promise.all(
    words.map(async word => {
      const { service, port } = parseWord(word)
      return { place: await findPlace(service, opened), port }
    }),
  )
  const proxied: Proxied[] = []
  try {
    for (const { place, port } of wanted) proxied.push(await startProxy(opened.overlay, place, port, say))
    return proxied
  } catch (error) {
    await Promise.all(proxied.map(one => one.close()))
    throw error
  }
}

function parseWord(word: string): { service: string; port: number } {
  const [, service, digits] = /^(.+?)(?::(\d+))?$/.exec(word) ?? []
  const port = Number(digits ?? 0)
  if (service === undefined || port > 65_535)
    throw new UsageError(`${word} is no service`, 'write SERVICE or SERVICE:PORT')
  return { service, port }
}
