import { EdgeError, type EdgeFault, type Overlay } from '../edge/index.js'
import { ZpromError } from '../errors.js'
import type { CheckResult } from '../model/check.js'
import { isUnusable } from '../model/held.js'
import type { Scraper, ScrapeTarget } from '../model/scrape.js'
import type { EnrollmentWish, Topology } from '../model/topology.js'
import { readExposition } from '../verify/index.js'
import { type Folder, readIdentityFile } from './held.js'
import { openOverlayAs } from './overlay.js'
import { getOverOverlay } from './overlay-http.js'
import type { Deps } from './ports.js'

export type DialInputs = Folder & {
  readonly topology: Topology
  /** Every Prometheus with what it scrapes. */
  readonly scrapers: readonly Scraper[]
  /** Everything that can be scraped: what developers may reach. */
  readonly targets: readonly ScrapeTarget[]
}

export type DialOptions = {
  /** Only this identity. */
  readonly as: string | undefined
  /** How long to try again what fails, milliseconds: terminators take their time to appear. */
  readonly waitMs: number
  readonly timeoutMs: number
}

/** One identity with all that it is to reach. */
type Reader = { readonly name: string; readonly wish: EnrollmentWish; readonly targets: readonly ScrapeTarget[] }

/**
 * Dials every target as everybody who is to read it, and reads its metrics: the path that a scrape takes. A check for each
 * pair, `dial/<identity>/<target>`; an identity whose file is not here is skipped, and said.
 */
export async function verifyDial(
  inputs: DialInputs,
  options: DialOptions,
  deps: Pick<Deps, 'files' | 'now' | 'signal'>,
): Promise<CheckResult[]> {
  const readers = readersOf(inputs).filter(({ name }) => options.as === undefined || name === options.as)
  const results = await Promise.all(readers.map(reader => checkReader(reader, inputs, options, deps)))
  return results.flat()
}

function readersOf({ topology, scrapers, targets }: DialInputs): Reader[] {
  return topology.enrollments.flatMap(wish => {
    const scraper = scrapers.find(({ identity }) => identity === wish.identity)
    if (scraper !== undefined) return [{ name: wish.identity, wish, targets: scraper.jobs.map(({ target }) => target) }]
    return wish.origin.startsWith('developer/') ? [{ name: wish.identity, wish, targets }] : []
  })
}

async function checkReader(
  reader: Reader,
  folder: Folder,
  options: DialOptions,
  deps: Pick<Deps, 'files' | 'now' | 'signal'>,
): Promise<CheckResult[]> {
  const { name, wish, targets } = reader
  const file = await readIdentityFile(wish.path.replace(/\.jwt$/, '.json'), folder, deps)
  if (file === undefined || isUnusable(file)) {
    const detail = file === undefined ? 'its identity file is not here' : file.problem
    const hint = 'only whoever holds it can dial as this identity'
    return targets.map(target => ({ ...headOf(name, target), result: 'skip', detail, hint }))
  }
  const overlay = openOverlayAs(name, file, options.timeoutMs)
  try {
    return await Promise.all(targets.map(target => untilReached(name, target, overlay, options, deps)))
  } finally {
    await overlay.close().catch(() => undefined)
  }
}

const retryEveryMs = 1000

async function untilReached(
  name: string,
  target: ScrapeTarget,
  overlay: Overlay,
  { waitMs, timeoutMs }: DialOptions,
  { now, signal }: Pick<Deps, 'now' | 'signal'>,
): Promise<CheckResult> {
  const deadline = now() + waitMs
  for (;;) {
    const found = await reach(name, target, overlay, timeoutMs, now)
    if (found.result !== 'fail' || now() >= deadline || signal.aborted) return found
    await new Promise(resolve => setTimeout(resolve, retryEveryMs))
  }
}

async function reach(
  name: string,
  target: ScrapeTarget,
  overlay: Overlay,
  timeoutMs: number,
  now: () => number,
): Promise<CheckResult> {
  const head = headOf(name, target)
  const started = now()
  try {
    const { service, identity, metricsPath = '/metrics', tls } = target
    const place = { service, ...(identity !== '' && { identity }) }
    if (tls !== undefined) {
      const connection = await overlay.dial(service, { ...place, timeoutMs })
      connection.destroy()
      return {
        ...head,
        result: 'pass',
        detail: `dialled in ${now() - started} ms; it speaks TLS, which Prometheus checks`,
      }
    }
    const { status, body } = await getOverOverlay(overlay, place, { path: metricsPath, timeoutMs })
    const tookMs = now() - started
    if (status !== 200)
      return fail(head, `HTTP ${status} from ${metricsPath}`, 'see whether its path is right: --path of add-target')
    const read = readExposition(body)
    if ('problem' in read)
      return fail(head, `what it serves are no metrics: line ${read.line}: ${read.problem}`, 'see what hosts it')
    return { ...head, result: 'pass', detail: `${read.samples} samples of ${read.metrics} metrics in ${tookMs} ms` }
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    return fail(head, explain(error), error.hint ?? 'see who hosts it with: zprom verify')
  }
}

// What has to be put right is in one place for some, and in another for others.
function explain(error: ZpromError): string {
  const setUp: readonly EdgeFault[] = ['denied', 'session', 'unreachable', 'protocol']
  const isPath = error instanceof EdgeError && !setUp.includes(error.fault)
  return `${isPath ? 'the path' : 'set-up'}: ${error.message}`
}

function headOf(name: string, target: ScrapeTarget): Pick<CheckResult, 'id' | 'title'> {
  return { id: `dial/${name}/${target.name}`, title: `${name} reaches ${target.name}` }
}

function fail(head: Pick<CheckResult, 'id' | 'title'>, detail: string, hint: string): CheckResult {
  return { ...head, result: 'fail', detail, hint }
}
