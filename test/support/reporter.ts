import { writeFileSync } from 'node:fs'
import mocha from 'mocha'

type Options = { readonly reporterOptions?: { readonly counts?: string } }

/**
 * The spec reporter, which also leaves the counts of the run as one JSON object in the file of `--reporter-option counts=FILE`:
 * whatever ends after the last case (global teardown, a warning of the process) then can't come between them and their reader.
 */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions & Options) {
    super(runner, options)
    const file = options.reporterOptions?.counts
    if (file === undefined) return
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {}
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }))
    })
  }
}
