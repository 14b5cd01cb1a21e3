import { ControllerError } from '../errors.js'
import { type ClientHttp, type ClientHttpOptions, type Credentials, createClientHttp } from './client-http.js'
import { isLost, isNodeTrouble, noneAnswers } from './node-failure.js'

/** The controllers of a cluster as far as they are known, by their origins; shared by all sessions of one identity. */
export type Cluster = {
  urls(): readonly string[]
  /** Makes more of them known. */
  add(urls: readonly string[]): void
}

/** A cluster of which some controllers are known. */
export function createCluster(known: readonly string[]): Cluster {
  const urls = new Set(known)
  return {
    urls: () => [...urls],
    add: more => {
      for (const url of more) urls.add(url)
    },
  }
}

/** The client API of a cluster, at whichever of its controllers answers. */
export type ClientNodes = {
  /**
   * Runs something at the controller in use; when that is lost, from its beginning at the next, once around. Throws what it
   * throws, ControllerError when none answers.
   */
  use<T>(run: (client: ClientHttp) => Promise<T>): Promise<T>
  close(): void
}

/** Connections as one identity; those to another controller are opened when it comes into use. */
export function createClientNodes(credentials: Credentials, cluster: Cluster, options: ClientHttpOptions): ClientNodes {
  const opened = new Map<string, ClientHttp>()
  let at = credentials.url
  const open = (url: string): ClientHttp => {
    const client = opened.get(url) ?? createClientHttp({ ...credentials, url }, options)
    opened.set(url, client)
    return client
  }
  // Unless somebody else has left it already.
  const leave = (url: string) => {
    if (at !== url) return
    const urls = cluster.urls()
    at = urls[(urls.indexOf(url) + 1) % urls.length] ?? url
  }
  return {
    use: async run => {
      const failures = new Map<string, ControllerError>()
      const troubled = new Set<string>()
      for (;;) {
        const client = open(at)
        try {
          return await run(client)
        } catch (error) {
          if (!(error instanceof ControllerError) || !isNodeTrouble(error)) throw error
          if (cluster.urls().length < 2) throw error
          const hasFailedBefore = troubled.has(client.url)
          troubled.add(client.url)
          if (!isLost(error, hasFailedBefore)) continue
          failures.set(client.url, error)
          leave(client.url)
          if (failures.has(at)) throw noneAnswers(error, [...failures.values()])
        }
      }
    },
    close: () => {
      for (const client of opened.values()) client.close()
    },
  }
}
