import { stringify } from 'yaml'
import { expandSpec } from '../../src/expand/index.js'
import type { Report } from '../../src/model/report.js'
import { newPerson, type Person } from '../../test/support/cli.js'
import type { TestOverlay } from '../../test/support/overlay.js'
import { articleSpec, specOf } from '../../test/support/spec-builder.js'
import { onFreshOverlay } from './fresh.js'
import { atMost, formatMs, median, type Row, ratioRow } from './table.js'
import { buildWithZiti } from './ziti-cli.js'

// The developer is enrolled here, too: otherwise the article's enrolments would be one short.
const spec = { ...articleSpec, developers: [{ name: 'dev.client', enroll: true }] }
const count = (value: number) => String(value)
// Each on a controller of its own, for it must be empty; ziti's many calls even themselves out in one round.
const rounds = 3

/** The article from an empty controller, then once more with nothing to do, and the same by one ziti call per entity. */
export async function measureArticle(say: (line: string) => void): Promise<Row[]> {
  const topology = expandSpec(specOf(spec))
  const enrolled = topology.enrollments.filter(({ by }) => by === 'file').length
  const what = `${topology.entities.length} entities and ${enrolled} enrolments, empty controller`
  const { first, again } = await buildWithZprom(say)
  const { ZPROM_ZITI: ziti } = process.env
  const byZiti =
    ziti === undefined || ziti === ''
      ? undefined
      : await onFreshOverlay(overlay => {
          say(`building the article with ${topology.entities.length + enrolled} calls of ziti`)
          return buildWithZiti(ziti, topology, overlay)
        })
  return [
    atMost(`${what}: requests`, first.requests, 45 + 2 * enrolled, count),
    byZiti === undefined
      ? { what: `${what}: time`, measured: formatMs(first.ms), against: 'no ziti given (ZPROM_ZITI)' }
      : ratioRow(`${what}: time`, first.ms, { name: `${byZiti.calls} ziti calls`, ms: byZiti.ms }, 0.1),
    atMost('the same again, nothing to do: requests', again.requests, 8, count),
    { what: 'the same again, nothing to do: time', measured: formatMs(again.ms) },
  ]
}

type Run = { readonly ms: number; readonly requests: number }

async function buildWithZprom(say: (line: string) => void): Promise<{ first: Run; again: Run }> {
  const results: { first: Run; again: Run }[] = []
  for (let round = 1; round <= rounds; round += 1) {
    say(`building the article with one zprom apply (${round} of ${rounds})`)
    results.push(await onFreshOverlay(buildOnce))
  }
  const middle = (runs: readonly Run[]): Run => ({
    ms: median(runs.map(({ ms }) => ms)),
    requests: Math.max(...runs.map(({ requests }) => requests)),
  })
  return { first: middle(results.map(({ first }) => first)), again: middle(results.map(({ again }) => again)) }
}

async function buildOnce(overlay: TestOverlay): Promise<{ first: Run; again: Run }> {
  const person = await newPerson()
  try {
    // Before, as ziti's: a login is kept and used by every run after it.
    const login = ['login', overlay.url, '--username', overlay.username, '--password-file', overlay.passwordFile]
    await person.ok([...login, '--ca', overlay.caFile])
    await person.write('zprom.yaml', stringify(spec))
    return { first: await apply(person, 31), again: await apply(person, 0) }
  } finally {
    await person.leave()
  }
}

// Wall time of the whole process, with its start.
async function apply(person: Person, creates: number): Promise<Run> {
  const started = performance.now()
  const stdout = await person.ok(['apply', '--yes', '--json'])
  const ms = performance.now() - started
  const { report } = JSON.parse(stdout) as { report: Report }
  const created = report.outcomes.filter(({ action }) => action === 'create').length
  if (created !== creates) throw new Error(`${created} entities were created instead of ${creates}`)
  return { ms, requests: report.requests }
}
