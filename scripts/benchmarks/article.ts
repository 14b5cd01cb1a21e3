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
// Each on a controller of its own, for it must be empty, and by turns: a machine is not as fast in one minute as in the next.
const rounds = 5

/** The article from an empty controller, then once more with nothing to do, and the same by one ziti call per entity. */
export async function measureArticle(say: (line: string) => void): Promise<Row[]> {
  const topology = expandSpec(specOf(spec))
  const enrolled = topology.enrollments.filter(({ by }) => by === 'file').length
  const what = `${topology.entities.length} entities and ${enrolled} enrolments, empty controller`
  const { ZPROM_ZITI: ziti } = process.env
  const withZprom: { first: Run; again: Run }[] = []
  const withZiti: { ms: number; calls: number }[] = []
  for (let round = 1; round <= rounds; round += 1) {
    say(`building the article with one zprom apply (${round} of ${rounds})`)
    withZprom.push(await onFreshOverlay(buildOnce))
    if (ziti === undefined || ziti === '') continue
    say(`building the article with ${topology.entities.length + enrolled} calls of ziti (${round} of ${rounds})`)
    withZiti.push(await onFreshOverlay(overlay => buildWithZiti(ziti, topology, overlay)))
  }
  const first = middle(withZprom.map(one => one.first))
  const again = middle(withZprom.map(one => one.again))
  const [called] = withZiti
  const byZiti = called && { ...called, ms: median(withZiti.map(({ ms }) => ms)) }
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

function middle(runs: readonly Run[]): Run {
  return { ms: median(runs.map(({ ms }) => ms)), requests: Math.max(...runs.map(({ requests }) => requests)) }
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

// Wall time of the whole process, with its start, and without what looks at its output afterwards.
async function apply(person: Person, creates: number): Promise<Run> {
  const { code, stdout, stderr, ms } = await person.run(['apply', '--yes', '--json'])
  if (code !== 0) throw new Error(`apply ended with ${code}:\n${stdout}\n${stderr}`)
  const { report } = JSON.parse(stdout) as { report: Report }
  const created = report.outcomes.filter(({ action }) => action === 'create').length
  if (created !== creates) throw new Error(`${created} entities were created instead of ${creates}`)
  return { ms, requests: report.requests }
}
