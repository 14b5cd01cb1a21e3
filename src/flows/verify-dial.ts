import { EdgeError, type EdgeFault, type Overlay } from '../edge/index.js'
import { AuthError, ZpromError } from '../errors.js'
import { mapBounded } from '../model/bounded.js'
import type { CheckResult, DialFacts } from '../model/check.js'
import { isUnusable } from '../model/held.js'
import type { ScrapeTarget } from '../model/scrape.js'
import { readExposition } from '../verify/index.js'
import { type Reader, type ReaderInputs, type Reading, readersOf } from './dial-readers.js'
import { type Folder, readIdentityFile } from './held.js'
import { type OpenOptions, openOverlayAs } from './overlay.js'
import { getOverOverlay } from './overlay-http.js'
import type { Deps } from './ports.js'

/** Who reads what, and where the identity files are. */
export type DialInputs = Folder & ReaderInputs

/** Who dials, and how long. */
export type DialOptions = {
  /** Only this identity. */
  readonly as: string | undefined
  /** How long to try again what fails, milliseconds: terminators take their time to appear. */
  readonly waitMs: number
  readonly timeoutMs: number
  /** Which kind of session identities ask for. */
  readonly wanted?: OpenOptions['wanted']
}

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
  const all = results.flat()
  return options.as === undefined && all.every(({ result }) => result === 'skip') ? [nobody, ...all] : all
}

// Nothing dialled is nothing proved.
const nobody: CheckResult = {
  id: 'dial',
  title: 'somebody here can dial',
  result: 'fail',
  detail: 'set-up: no identity file of a Prometheus or developer with something to read is here',
  hint: 'enroll one with: zprom dev-identity NAME --enroll',
}

type DialDeps = Pick<Deps, 'files' | 'now' | 'signal'>

async function checkReader(
  { name, wish, readings }: Reader,
  folder: Folder,
  options: DialOptions,
  deps: DialDeps,
): Promise<CheckResult[]> {
  const file = await readIdentityFile(wish.path.replace(/\.jwt$/, '.json'), folder, deps)
  if (file === undefined || isUnusable(file)) {
    const detail = file === undefined ? 'its identity file is not here' : file.problem
    const hint = 'only whoever holds it can dial as this identity'
    return readings.map(({ target }) => ({
      ...headOf(name, target, { fault: 'set-up' }),
      result: 'skip',
      detail,
      hint,
    }))
  }
  const overlay = openOverlayAs(name, file, { ...options, now: deps.now })
  try {
    // The log-in is no part of any latency; what is wrong with it the first dial tells.
    await overlay.services().catch(() => undefined)
    return await mapBounded(readings, atOnce, reading => untilReached(name, reading, overlay, options, deps))
  } finally {
    await overlay.close()
  }
}

const retryEveryMs = 1000
// Of one reader; a thousand targets at once would measure themselves.
const atOnce = 16

async function untilReached(
  name: string,
  reading: Reading,
  overlay: Overlay,
  options: DialOptions,
  deps: DialDeps,
): Promise<CheckResult> {
  const deadline = deps.now() + options.waitMs
  for (;;) {
    const { found, isFinal } = await reach(name, reading, overlay, options.timeoutMs, deps)
    if (found.result !== 'fail' || isFinal || deps.now() >= deadline || deps.signal.aborted) return found
    await new Promise(resolve => setTimeout(resolve, retryEveryMs))
  }
}

type Reached = { readonly found: CheckResult; readonly isFinal: boolean }

async function reach(
  name: string,
  { target, path }: Reading,
  overlay: Overlay,
  timeoutMs: number,
  { files, now }: DialDeps,
): Promise<Reached> {
  const started = now()
  try {
    const { service, identity, tls } = target
    const place = { service, ...(identity !== '' && { identity }) }
    const ca = tls?.caFile === undefined ? undefined : await files.read(tls.caFile).catch(() => undefined)
    if (tls?.caFile !== undefined && ca === undefined) {
      const connection = await overlay.dial(service, { ...place, timeoutMs })
      connection.destroy()
      const latencyMs = now() - started
      const detail = `dialled in ${latencyMs} ms; its certificate needs ${tls.caFile}, which is not here`
      return { found: { ...headOf(name, target, { latencyMs }), result: 'pass', detail }, isFinal: true }
    }
    const secured = tls === undefined ? {} : { tls: { serverName: tls.serverName, ...(ca !== undefined && { ca }) } }
    const answer = await getOverOverlay(overlay, place, { path, timeoutMs, accept, ...secured })
    return { found: judge(name, target, path, { ...answer, latencyMs: now() - started, now: now() }), isFinal: false }
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    const fault = isPath(error) ? 'path' : 'set-up'
    const head = headOf(name, target, { fault })
    const detail = `${fault === 'path' ? 'the path' : 'set-up'}: ${error.message}`
    const found = fail(head, detail, error.hint ?? 'see who hosts it with: zprom verify')
    // A right does not come by itself.
    return { found, isFinal: error instanceof EdgeError ? error.fault === 'denied' : error instanceof AuthError }
  }
}

// Prometheus asks for more forms; this one every exporter has.
const accept = 'text/plain;version=0.0.4;q=1,*/*;q=0.1'

type Answered = { readonly status: number; readonly body: string; readonly latencyMs: number; readonly now: number }

function judge(name: string, target: ScrapeTarget, path: string, answer: Answered): CheckResult {
  const { status, body, latencyMs } = answer
  const bad = headOf(name, target, { fault: 'path', latencyMs })
  if (status !== 200)
    return fail(bad, `the path: HTTP ${status} from ${path}`, 'see whether its path is right: --path of add-target')
  const read = readExposition(body)
  if ('problem' in read)
    return fail(bad, `the path: what it serves are no metrics: line ${read.line}: ${read.problem}`, 'see what hosts it')
  const { samples, metrics, newestMs } = read
  const ageMs = newestMs === undefined ? undefined : Math.max(0, answer.now - newestMs)
  const age = ageMs === undefined ? '' : `, the newest ${(ageMs / 1000).toFixed(1)} s old`
  const head = headOf(name, target, { samples, latencyMs, ...(ageMs !== undefined && { ageMs }) })
  return { ...head, result: 'pass', detail: `${samples} samples of ${metrics} metrics in ${latencyMs} ms${age}` }
}

// What has to be put right is in one place for some, and in another for others.
function isPath(error: ZpromError): boolean {
  const setUp: readonly EdgeFault[] = ['denied', 'session', 'unreachable', 'protocol']
  return error instanceof EdgeError && !setUp.includes(error.fault)
}

type Head = Pick<CheckResult, 'id' | 'title' | 'dial'>

function headOf(reader: string, { name: target }: ScrapeTarget, facts: Omit<DialFacts, 'reader' | 'target'>): Head {
  const title = `${reader} reaches ${target}`
  return { id: `dial/${reader}/${target}`, title, dial: { reader, target, ...facts } }
}

function fail(head: Head, detail: string, hint: string): CheckResult {
  return { ...head, result: 'fail', detail, hint }
}
