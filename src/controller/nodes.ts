import type { Http } from './http.js'
import type { Sessions } from './session.js'

/** One controller of a cluster, with connections and a session of its own: sessions are good where they were made. */
export type Node = {
  readonly url: string
  readonly http: Http
  /** Sends over it in turn: with as many in flight as it makes use of. */
  readonly send: Http['send']
  readonly sessions: Sessions
}

/** The controllers of a cluster, one of which is in use. */
export type Nodes = {
  current(): Node
  /** Origins of all of them. */
  known(): readonly string[]
  /** Turns to the next node, unless another request has left this one already; says why to whoever listens. */
  leave(url: string, why: string): void
  /** Makes further nodes known. What is known by its URL already is left as it is. */
  add(urls: readonly string[]): void
  /** How often another node came into use. */
  moves(): number
  /** Whether the node came into use a moment ago, so that it may not have heard of everything yet. */
  isCatchingUp(): boolean
  /** Requests made to any of them. */
  requests(): number
  close(): void
}

/** Which controllers, and how one is reached. */
export type NodesOptions = {
  /** Origins; the first is used first. */
  readonly urls: readonly string[]
  readonly open: (url: string) => Node
  readonly now: () => number
  readonly onMove: (move: { readonly from: string; readonly to: string; readonly why: string }) => void
}

// Followers apply what the leader has committed within a heartbeat; an election in between takes seconds.
const catchUpMs = 10_000

/** Keeps the nodes of one cluster; connections are opened when a node is first used. */
export function createNodes({ urls, open, now, onMove }: NodesOptions): Nodes {
  const known = [...new Set(urls)]
  const opened = new Map<string, Node>()
  let at = 0
  let moves = 0
  let movedAt = Number.NEGATIVE_INFINITY
  const current = (): Node => {
    const url = known[at] ?? ''
    const node = opened.get(url) ?? open(url)
    opened.set(url, node)
    return node
  }
  return {
    current,
    known: () => known,
    leave: (url, why) => {
      if (known.length < 2 || url !== known[at]) return
      at = (at + 1) % known.length
      moves += 1
      movedAt = now()
      onMove({ from: url, to: known[at] ?? '', why })
    },
    add: more => {
      for (const url of more) if (!known.includes(url)) known.push(url)
    },
    moves: () => moves,
    isCatchingUp: () => now() - movedAt < catchUpMs,
    requests: () => [...opened.values()].reduce((sum, { http }) => sum + http.count(), 0),
    close: () => {
      for (const { http } of opened.values()) http.close()
    },
  }
}
