import { Flags } from '@oclif/core'
import { BaseCommand, controllerFlags, specFlags } from '../src/cli/base-command.js'
import { checkFileFlags, writeCheckFiles } from '../src/cli/check-files.js'
import { interpret, readSpecFile, requireText, timeoutMs, withDeps } from '../src/cli/workspace.js'
import { VerifyError } from '../src/errors.js'
import { verify } from '../src/flows/verify.js'
import { verifyAll } from '../src/flows/verify-all.js'
import { verifyPrometheus } from '../src/flows/verify-prometheus.js'
import type { CheckResult } from '../src/model/check.js'
import { formatChecks } from '../src/report/checks-text.js'

export default class VerifyCommand extends BaseCommand {
  static override summary = 'Prove that the overlay works: who is enrolled, who sees which services, over which routers'
  static override description =
    'Asks the controller as each identity whose file is held here, and as the administrator for the others. Exit code 7 when a check fails.'
  static override examples = ['<%= config.bin %> verify', '<%= config.bin %> verify --as dev.client --json']
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    as: Flags.string({ description: 'Only the checks about this identity' }),
    prometheus: Flags.string({
      description: 'Also ask this Prometheus over the overlay what it scrapes: a cluster, local, or all (repeatable)',
      multiple: true,
      default: [],
      defaultHelp: async () => undefined,
    }),
    expect: Flags.string({
      description: 'PromQL that must have a series on each Prometheus that is asked (repeatable)',
      multiple: true,
      default: [],
      defaultHelp: async () => undefined,
      dependsOn: ['prometheus'],
    }),
    ...checkFileFlags,
    'allow-extra': Flags.boolean({ description: 'Services beyond the spec are a warning, not a failure' }),
  }

  async run() {
    const { flags } = await this.parse(VerifyCommand)
    const file = await readSpecFile(flags.spec)
    const interpreted = await interpret(requireText(file, this.listener), file, [])
    const { spec, inputs } = interpreted
    const options = { as: flags.as, allowExtra: flags['allow-extra'], timeoutMs }
    const run = { listener: this.listener, signal: this.signal, flags }
    const { prometheus: names, expect, as } = flags
    try {
      const { checks, spent } = await withDeps(run, spec.overlay, deps =>
        verifyAll(
          () => verify(inputs, options, deps),
          names.length === 0
            ? []
            : [() => verifyPrometheus({ ...interpreted, ...inputs }, { names, expect, as, timeoutMs }, deps)],
          deps.now,
        ),
      )
      await writeCheckFiles(checks, flags, spent)
      this.log(formatChecks(checks, spent))
      return { checks }
    } catch (error) {
      if (error instanceof VerifyError) {
        await writeCheckFiles(error.results as CheckResult[], flags, error.spent)
        this.log(formatChecks(error.results as CheckResult[], error.spent))
      }
      throw error
    }
  }
}
