import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { ZpromError } from '../../src/errors.js'
import { failureOf } from './world-checks.js'

/** Waits until something is so, within a stated time, and prints how long it took. */
export async function recovers(what: string, statedMs: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const began = performance.now()
  while (!(await isSo())) {
    assert.ok(performance.now() - began < statedMs, `${what}: not within ${statedMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  print(what, statedMs, performance.now() - began)
}

/** What a run ends in, within a stated time; printed, and nothing secret in it. */
export async function failsWithin(what: string, statedMs: number, run: Promise<unknown>): Promise<Error> {
  const began = performance.now()
  const error = await failureOf(run)
  const tookMs = performance.now() - began
  assert.ok(tookMs < statedMs, `${what}: ended after ${Math.round(tookMs)} ms, not within ${statedMs}`)
  assertClear(error)
  print(`${what}: ${error.message}`, statedMs, tookMs)
  return error
}

/** Fails unless an error is one that zprom foresees, and holds no key and no token however deeply it is printed. */
export function assertClear(error: Error): void {
  assert.ok(error instanceof ZpromError, inspect(error))
  const all = inspect(error, { depth: 12, showHidden: true })
  assert.doesNotMatch(
    all,
    /PRIVATE KEY|BEGIN CERT|eyJ[\w-]{8}|[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i,
  )
}

function print(what: string, statedMs: number, tookMs: number): void {
  process.stderr.write(`      ${what} (${Math.round(tookMs)} ms; stated: ${statedMs} ms)\n`)
}
