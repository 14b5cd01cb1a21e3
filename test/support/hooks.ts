import { stopCharts } from './charts.js'
import { stopKube } from './kube.js'
import { addLastCase } from './last-case.js'
import { prepareOverlay, stopOverlays } from './overlay.js'

// A warning of the process (a leaked listener, a deprecated call, TLS switched off) is a defect: it fails the run.
process.on('warning', warning => {
  process.stderr.write(`${warning.stack ?? warning.message}\n`)
  process.exitCode = 1
  warnings.push(warning)
})

const warnings: Error[] = []

/** The last case of a run is about all of it. */
export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    const root = this.test?.parent
    if (root !== undefined) addLastCase(root)
  },
}

/** Builds what the cases run on, before any case's time-out begins. */
export async function mochaGlobalSetup(): Promise<void> {
  await prepareOverlay()
}

/** Stops what they ran on. */
export async function mochaGlobalTeardown(): Promise<void> {
  await Promise.all([stopOverlays(), stopKube(), stopCharts()])
  if (warnings.length > 0) throw new Error(`${warnings.length} process warning(s), see above`)
}
