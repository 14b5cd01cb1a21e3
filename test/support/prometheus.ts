import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'

/** A target as Prometheus itself tells of it. */
export type SeenTarget = {
  readonly scrapePool: string
  readonly health: 'up' | 'down' | 'unknown'
  readonly lastError: string
  readonly labels: Readonly<Record<string, string>>
}

/** A sample of an instant query. */
export type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }

/** A stock Prometheus that runs. */
export type Prometheus = {
  readonly port: number
  targets(): Promise<SeenTarget[]>
  query(expression: string): Promise<Sample[]>
  /** The targets of a job, once all that Prometheus says of them is as wanted. */
  untilTarget(job: string, isSo: (target: SeenTarget) => boolean): Promise<SeenTarget>
  untilSample(expression: string): Promise<Sample>
  stop(): Promise<void>
}

// A scrape comes once in an interval, and a change of the list of targets takes five seconds more.
const patienceMs = 40_000

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `waited in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

// Debian's, unless told otherwise: a 3.x, for example.
const program = process.env.ZPROM_PROMETHEUS || 'prometheus'

/** Whether there is one on this machine. */
export function hasPrometheus(): boolean {
  return spawnSync(program, ['--version']).status === 0
}

/** Starts the stock Prometheus of this machine, with a configuration as data, on a free port of 127.0.0.1 or the one given. */
export async function startPrometheus(config: object, onPort?: number): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'zprom-prometheus-'))
  const [port = 0] = onPort === undefined ? await findFreePorts(1) : [onPort]
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, dump(config, { noRefs: true }))
  const child = spawn(
    program,
    [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    log = `${log}${text}`.slice(-20_000)
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return (await answer.json()) as { data: { activeTargets: SeenTarget[]; result: Sample[] } }
  }
  const targets = async (): Promise<SeenTarget[]> => (await get('/api/v1/targets')).data.activeTargets
  const query = async (expression: string): Promise<Sample[]> =>
    (await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)).data.result
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/-/ready`).then(
      answer => answer.ok,
      () => false,
    )
  await until('Prometheus is ready', () => {
    assert.equal(child.exitCode, null, log)
    return isReady()
  })
  return {
    port,
    targets,
    query,
    untilTarget: async (job, isSo) => {
      let found: SeenTarget | undefined
      let all: SeenTarget[] = []
      await until(`the target of ${job} is so`, async () => {
        all = (await targets()).filter(({ scrapePool, labels }) => scrapePool === job || labels.job === job)
        found = all.find(isSo)
        return found !== undefined
      }).catch(error => assert.fail(`${error.message}: ${JSON.stringify(all)}`))
      assert.ok(found !== undefined)
      return found
    },
    untilSample: async expression => {
      let samples: Sample[] = []
      await until(`there is ${expression}`, async () => {
        samples = await query(expression)
        return samples.length > 0
      })
      const [first] = samples
      assert.ok(first !== undefined)
      return first
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
