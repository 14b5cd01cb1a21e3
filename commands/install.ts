import { Args, Flags } from '@oclif/core'
import { BaseCommand, specFlags } from '../src/cli/base-command.js'
import { nodeFiles } from '../src/cli/files.js'
import { commandsOf, formatSteps, type InstallFlags, readInstall, runInstall } from '../src/cli/install.js'
import { adviseContext } from '../src/cli/kube-context.js'
import { askYesNo } from '../src/cli/prompts.js'
import { readSpecFile, requireText, shownPath, withReadSpecLock } from '../src/cli/workspace.js'
import { UsageError } from '../src/errors.js'
import { previewInstall } from '../src/flows/install.js'
import type { InstallJson } from '../src/report/schema/run.js'

export default class InstallCommand extends BaseCommand {
  static override summary = "Install a cluster's releases with helm, or bring them up to date"
  static override description =
    'Shows the commands (those of install.sh), asks, runs them one after another, and waits until the pods of each run. Running it again goes on where it stopped.'
  static override examples = [
    '<%= config.bin %> install kubeA --context my-cluster',
    '<%= config.bin %> install kubeA --dry-run',
    '<%= config.bin %> install kubeA --yes --timeout 10m',
  ]
  static override args = {
    cluster: Args.string({ ignoreStdin: true, description: 'A cluster of the spec', required: true }),
  }
  static override flags = {
    ...specFlags,
    context: Flags.string({ description: 'The kube context of the cluster, unless the spec names it' }),
    yes: Flags.boolean({ char: 'y', description: 'Install without asking' }),
    'dry-run': Flags.boolean({
      description: 'Print the commands; write and run nothing, and leave the cluster alone',
      exclusive: ['yes'],
    }),
    force: Flags.boolean({ description: 'Replace files that were changed by hand, too' }),
    timeout: Flags.string({ description: 'How long the pods of each release may take to start', default: '5m' }),
    wait: Flags.boolean({ description: 'Wait until pods run', default: true, allowNo: true }),
  }

  async run(): Promise<InstallJson> {
    const { args, flags } = await this.parse(InstallCommand)
    this.listenForInterrupts()
    if (!/^([1-9]\d*[hms])+$/.test(flags.timeout))
      throw new UsageError(`--timeout ${flags.timeout}: it is a number with a unit, such as 90s, 5m or 1h`)
    const place = await readSpecFile(flags.spec)
    const run = { listener: this.listener, signal: this.signal, flags: { parallel: 1 } }
    if (flags['dry-run']) return this.preview(args.cluster, flags)
    requireText(place)
    return withReadSpecLock(place, run, async () => {
      const { interpreted, file, inputs } = await readInstall(args.cluster, flags)
      const { steps, artefacts, report } = await runInstall(inputs, {
        ...{ interpreted, file, force: flags.force, listener: this.listener, signal: this.signal },
        log: line => this.log(line),
        confirm: async () =>
          flags.yes ||
          askYesNo(`Run these against context ${inputs.context}, namespace ${inputs.cluster.namespace}?`, '--yes'),
      })
      if (report === undefined) this.log('Nothing was changed.')
      else if (inputs.cluster.context === undefined) this.log(`\n${adviseContext(inputs, file.shown)}`)
      return { commands: steps.flatMap(commandsOf), artefacts, report: report ?? null }
    })
  }

  private async preview(name: string, flags: InstallFlags) {
    const { interpreted, file, inputs } = await readInstall(name, flags)
    const steps = await previewInstall(inputs, { files: nodeFiles })
    for (const line of formatSteps(steps, shownPath(file, interpreted.spec, name))) this.log(line)
    return { commands: steps.flatMap(commandsOf), artefacts: [], report: null }
  }
}
