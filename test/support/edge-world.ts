import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EdgeConnection, Overlay } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { openOverlayAs } from '../../src/flows/overlay.js'
import type { TestOverlay } from './overlay.js'
import { newWorld, type World } from './world.js'

/** A cluster with its workload and a developer on a real overlay, and the overlay as each of them. */
export type EdgeWorld = World & {
  /** Names of the cluster's services and of the workload's identity. */
  readonly names: {
    readonly echo: string
    readonly scrape: string
    readonly reflect: string
    readonly developer: string
  }
  /** The overlay as an identity whose file is here; closed with the world. `url`: another way to the controller. */
  as(identity: string, options?: AsOptions): Promise<Overlay>
}

/** `ca`: PEM of one more authority that is trusted. */
type AsOptions = {
  readonly url?: string
  /** Other ways to it. */
  readonly others?: readonly string[]
  readonly ca?: string
  readonly wanted?: 'bearer' | undefined
  readonly timeoutMs?: number
}

/** Builds it, with the real flows. */
export async function newEdgeWorld(given?: TestOverlay): Promise<EdgeWorld> {
  const world = await newWorld(given)
  const { word } = world
  const developer = `dev.${word}`
  await world.converge({
    clusters: [{ name: word, prometheus: 'dark' }],
    developers: [{ name: developer, enroll: true }],
  })
  const opened: Overlay[] = []
  return {
    ...world,
    names: {
      echo: `${word}.reflect.svc`,
      scrape: `${word}.reflect.scrape.svc`,
      reflect: `${word}.reflect.id`,
      developer,
    },
    as: async (identity, { url, others = [], ca, wanted, timeoutMs = 10_000 } = {}) => {
      const folder = identity === developer ? 'developers' : word
      const text = await readFile(join(world.outDir, folder, `${identity}.json`), 'utf8')
      const file = parseIdentityFile(text, { name: identity })
      const caPems = ca === undefined ? file.caPems : [...file.caPems, ca]
      const way = { ...file, caPems, controller: url ?? file.controller, others: [...others] }
      const overlay = openOverlayAs(identity, way, { timeoutMs, now: Date.now, wanted })
      opened.push(overlay)
      return overlay
    },
    end: async () => {
      await Promise.all(opened.map(overlay => overlay.close()))
      await world.end()
    },
  }
}

/** Gives back what comes, and ends when the other side does. */
export function echo(connection: EdgeConnection): void {
  connection.on('error', () => undefined)
  connection.pipe(connection)
}

/** Everything that a connection has to say until it ends. */
export async function readAll(connection: EdgeConnection): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of connection) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Sends all of it, ends, and reads what comes back. */
export async function exchange(connection: EdgeConnection, bytes: Buffer): Promise<Buffer> {
  connection.end(bytes)
  const back = await readAll(connection)
  assert.ok(connection.readableEnded)
  return back
}
