import type { Overlay } from '../../edge/index.js'
import { scrapeTargetsOf } from '../../expand/index.js'
import { sendLines } from '../../flows/demo.js'
import { verify } from '../../flows/verify.js'
import { verifyPrometheus } from '../../flows/verify-prometheus.js'
import type { CheckResult } from '../../model/check.js'
import type { Spent } from '../../report/spent.js'
import { type Interpreted, timeoutMs, withDeps } from '../workspace.js'
import type { DemoRun } from './demo.js'

// The workload of the dark cluster is what each of the three Prometheus servers scrapes, from wherever it is.
const expectations = ['reflect_total_connections > 0', 'reflect_total_connections{instance=~"kubeB[.].+"} > 0']

// How long Prometheus servers have to scrape everything once.
const patienceMs = 60_000

/** Who asks, over which overlay, and whether there are Prometheus servers to ask. */
export type ProofInputs = {
  readonly interpreted: Interpreted
  readonly overlay: Overlay
  readonly developer: string
  readonly asksPrometheus: boolean
}

/** Sends lines to the workloads, verifies, and asks the Prometheus servers until they have scraped everything. */
export async function prove(
  run: Pick<DemoRun, 'listener' | 'signal' | 'profile'>,
  { interpreted, overlay, developer, asksPrometheus }: ProofInputs,
): Promise<{ readonly checks: CheckResult[]; readonly spent: Spent }> {
  const started = Date.now()
  const { deployments, inputs, spec } = interpreted
  const echoes: CheckResult[] = []
  for (const { name, reflect } of deployments.clusters)
    if (reflect !== undefined)
      echoes.push(await sendLines(overlay, reflect.service, [`${name} reflect test`, `this is ${name}`]))
  const names = asksPrometheus ? ['all'] : []
  const options = { names, expect: expectations, as: developer, timeoutMs }
  return withDeps({ ...run, flags: { profile: run.profile, parallel: 8 } }, spec.overlay, async deps => {
    const { checks } = await verify(inputs, { as: undefined, allowExtra: false, timeoutMs }, deps)
    const ask = () =>
      names.length === 0
        ? Promise.resolve([])
        : verifyPrometheus({ ...interpreted, ...inputs, targets: scrapeTargetsOf(spec) }, options, deps)
    const deadline = Date.now() + patienceMs
    let asked = await ask()
    while (asked.some(({ result }) => result === 'fail') && Date.now() < deadline && !run.signal.aborted) {
      await new Promise(resolve => setTimeout(resolve, 500))
      asked = await ask()
    }
    const spent = { requests: deps.controller.requests(), durationMs: Date.now() - started }
    return { checks: [...checks, ...echoes, ...asked], spent }
  })
}
