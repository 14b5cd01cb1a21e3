import { Flags } from '@oclif/core'
import { BaseCommand, controllerFlags, specFlags } from '../src/cli/base-command.js'
import { type CheckFiles, checkFileFlags, checkFiles, writeCheckFiles } from '../src/cli/check-files.js'
import { wantedSession } from '../src/cli/environment.js'
import { refuseToReplace } from '../src/cli/replaceable.js'
import { moreChecks, moreFlags, withBarePrometheus } from '../src/cli/verify-more.js'
import { interpret, readSpecFile, requireText, withDeps } from '../src/cli/workspace.js'
import { type FileError, VerifyError } from '../src/errors.js'
import { verify } from '../src/flows/verify.js'
import { verifyAll } from '../src/flows/verify-all.js'
import type { CheckResult } from '../src/model/check.js'
import { formatChecks } from '../src/report/checks-text.js'
import { formatMatrix } from '../src/report/matrix-text.js'
import type { ChecksJson } from '../src/report/schema/facts.js'
import type { Spent } from '../src/report/spent.js'

export default class VerifyCommand extends BaseCommand {
  static override summary = 'Prove that the overlay works: who is enrolled, who sees which services, over which routers'
  static override description =
    'Asks the controller as each identity whose file is held here, and as the administrator for the others. Exit code 7 when a check fails.'
  static override examples = ['<%= config.bin %> verify', '<%= config.bin %> verify --as dev.client --json']
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    as: Flags.string({ description: 'Only the checks about this identity' }),
    ...moreFlags,
    ...checkFileFlags,
    full: Flags.boolean({
      description: 'Compare the services of each identity one by one, also where many should see the same',
    }),
    'allow-extra': Flags.boolean({ description: 'Services beyond the spec are a warning, not a failure' }),
  }

  async run(): Promise<ChecksJson> {
    const { flags } = await this.parse(VerifyCommand, withBarePrometheus(this.argv))
    const file = await readSpecFile(flags.spec)
    const interpreted = await interpret(requireText(file, this.listener), file, [])
    const { spec, inputs } = interpreted
    await refuseToReplace({ path: file.path, outDir: inputs.outDir }, checkFiles(flags))
    const options = {
      as: flags.as,
      allowExtra: flags['allow-extra'],
      full: flags.full,
      timeoutMs: flags.timeout,
      wanted: wantedSession(),
    }
    const run = { listener: this.listener, signal: this.signal, flags }
    try {
      const { checks, spent } = await withDeps(run, spec.overlay, deps =>
        verifyAll(() => verify(inputs, options, deps), moreChecks(interpreted, flags, deps), deps.now),
      )
      this.show(checks, spent)
      const [failed, ...more] = await writeCheckFiles(checks, flags, spent)
      for (const error of more) this.warnOf(error)
      if (failed !== undefined) throw failed
      return { checks }
    } catch (error) {
      if (error instanceof VerifyError) await this.showFailed(error, flags)
      throw error
    }
  }

  // A file that can't be written must not stand before what the run is about.
  private async showFailed({ results, spent }: VerifyError, files: CheckFiles): Promise<void> {
    const checks = results as readonly CheckResult[]
    this.show(checks, spent)
    for (const error of await writeCheckFiles(checks, files, spent)) this.warnOf(error)
  }

  private warnOf({ message, hint }: FileError): void {
    this.listener({ type: 'warning', text: hint === undefined ? message : `${message}; ${hint}` })
  }

  private show(checks: readonly CheckResult[], spent: Spent): void {
    const matrix = formatMatrix(checks)
    if (matrix !== '') this.log(`${matrix}\n`)
    this.log(formatChecks(checks, spent))
  }
}
