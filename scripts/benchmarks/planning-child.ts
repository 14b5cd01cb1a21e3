// Expands and plans a thousand clusters against a snapshot that is `empty` or `equal`; prints the time and the peak memory.
import { expandSpec } from '../../src/expand/index.js'
import { makePlan } from '../../src/plan/index.js'
import { emptySnapshot, snapshotOf } from '../../test/support/plan-builder.js'
import { specOf } from '../../test/support/spec-builder.js'

const clusters = Array.from({ length: 1000 }, (_, index) => ({
  name: `kube${index}`,
  prometheus: 'tunneled' as const,
}))
const spec = specOf({ clusters })
// Made by an expansion of its own: a snapshot shares nothing with the topology that it is compared with.
const snapshot = process.argv[2] === 'equal' ? snapshotOf(expandSpec(specOf({ clusters }))) : emptySnapshot()

const started = performance.now()
const topology = expandSpec(spec)
const plan = makePlan({ topology, snapshot, held: new Map(), now: 0, reEnroll: new Set(), shown: path => path })
const ms = performance.now() - started

const expected = process.argv[2] === 'equal' ? 0 : 16_000
if (plan.steps.length !== expected) throw new Error(`${plan.steps.length} steps instead of ${expected}`)
process.stdout.write(JSON.stringify({ ms, peakMb: process.resourceUsage().maxRSS / 1024 }))
