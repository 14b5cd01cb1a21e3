import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { atMost, formatMs, median, type Row } from './table.js'

const child = fileURLToPath(new URL('./planning-child.ts', import.meta.url))
const rounds = 3

/** What planning a thousand clusters costs; each round in a process of its own, so that its memory is its own. */
export async function measurePlanning(): Promise<Row[]> {
  return [
    ...measure('empty', 'plan 16,000 entities, none of them there'),
    ...measure('equal', 'plan 16,000 entities, all of them there'),
  ]
}

type Measured = { readonly ms: number; readonly peakMb: number }

function measure(snapshot: 'empty' | 'equal', what: string): Row[] {
  const results = Array.from({ length: rounds }, () => {
    const text = execFileSync(process.execPath, ['--import', 'tsx', child, snapshot], { encoding: 'utf8' })
    return JSON.parse(text) as Measured
  })
  const peak = Math.max(...results.map(({ peakMb }) => peakMb))
  return [
    atMost(what, median(results.map(({ ms }) => ms)), 1000, formatMs),
    atMost('   its process, at most', peak, 400, mb => `${mb.toFixed(0)} MB`),
  ]
}
