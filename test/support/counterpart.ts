import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buildOverlay } from '../../src/cli/sandbox/program.js'
import type { EdgeWorld } from './edge-world.js'

/** A program of OpenZiti's own that runs beside a case. */
export type Counterpart = {
  readonly child: ChildProcess
  /** What it said so far, on both streams. */
  said(): string
  stop(): Promise<void>
}

/** Starts a program; its stdin stays open. */
export function startCounterpart(program: string, args: readonly string[]): Counterpart {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  const ended = once(child, 'close')
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', piece => {
      said += piece
    })
  child.stdin.on('error', () => undefined)
  return {
    child,
    said: () => said,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}

/** The Go SDK as a host that echoes, or as a client (stdin to the service, the service to stdout). */
export async function startSdk(args: readonly string[]): Promise<Counterpart> {
  return startCounterpart(await buildOverlay(line => void process.stderr.write(`${line}\n`)), ['sdk', ...args])
}

/** Sends bytes by the Go SDK's client, ends, and gives what it printed until the other side ended. */
export async function dialBySdk(args: readonly string[], bytes: Buffer): Promise<Buffer> {
  const { child, stop } = await startSdk(['dial', ...args])
  const pieces: Buffer[] = []
  let complaints = ''
  child.stdout?.on('data', piece => void pieces.push(piece))
  child.stderr?.on('data', piece => {
    complaints += piece
  })
  child.stdin?.end(bytes)
  const [code] = await once(child, 'close')
  await stop()
  assert.equal(code, 0, complaints)
  return Buffer.concat(pieces)
}

/** The file of an identity of the world. */
export function identityFileOf(world: EdgeWorld, identity: string): string {
  return join(world.outDir, identity === world.names.developer ? 'developers' : world.word, `${identity}.json`)
}
