import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { formatMs, median, type Row, ratioRow } from './table.js'

const bin = fileURLToPath(new URL('../../bin/zprom.cjs', import.meta.url))
const rounds = 21

// In turn, so that whatever else the machine does falls on all of them alike.
const programs = {
  node: ['-e', '0'],
  version: [bin, '--version'],
  // Loads all that plan needs and then finds no spec: what every command costs before its first request.
  plan: [bin, 'plan', '--spec', 'absent-spec.yaml'],
} as const

/** What it costs to start zprom, next to starting node for nothing. */
export async function measureStartup(): Promise<Row[]> {
  const times = { node: [] as number[], version: [] as number[], plan: [] as number[] }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['node', 'version', 'plan'] as const) times[name].push(run(programs[name]))
  }
  const node = { name: 'node -e 0', ms: median(times.node) }
  const plan = median(times.plan)
  return [
    ratioRow(`zprom --version (median of ${rounds})`, median(times.version), node, 2),
    {
      what: 'zprom plan, until it reads its spec',
      measured: formatMs(plan),
      against: `${node.name}: ${formatMs(node.ms)}`,
      ratio: plan / node.ms,
    },
  ]
}

function run(args: readonly string[]): number {
  const started = process.hrtime.bigint()
  spawnSync(process.execPath, args, { cwd: tmpdir(), stdio: 'ignore' })
  return Number(process.hrtime.bigint() - started) / 1e6
}
