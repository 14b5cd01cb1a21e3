import { Args, Flags } from '@oclif/core'
import {
  adoptFlags,
  applyFlags,
  beginFlags,
  controllerFlags,
  eventFlags,
  specFlags,
} from '../../src/cli/base-command.js'
import { ConvergeCommand } from '../../src/cli/converge-command.js'
import { findMissing, formatNextSteps } from '../../src/cli/next-steps.js'
import { askForCluster, editSpec } from '../../src/cli/spec-edits.js'
import { readSpecFile, withSpecLock } from '../../src/cli/workspace.js'
import type { ConvergeJson } from '../../src/report/schema/run.js'

export default class InitClusterCommand extends ConvergeCommand {
  static override summary = 'Add a cluster to the spec and build its part of the overlay'
  static override description =
    'Adds the cluster to zprom.yaml (made if absent), shows the plan, applies it, enrolls its identities, and says what comes next.'
  static override examples = [
    '<%= config.bin %> init cluster kubeA --prometheus tunneled',
    '<%= config.bin %> init cluster kubeB --prometheus dark --namespace monitoring --yes',
  ]
  static override args = { name: Args.string({ ignoreStdin: true, description: 'Name of the cluster, such as kubeA' }) }
  static override flags = {
    ...specFlags,
    ...beginFlags,
    ...controllerFlags,
    ...applyFlags,
    ...eventFlags,
    ...adoptFlags,
    prometheus: Flags.option({
      options: ['tunneled', 'dark'] as const,
      description: 'tunneled: a Service in the cluster, reached through ziti-host; dark: listens on the overlay only',
    })(),
    namespace: Flags.string({ char: 'n', description: 'Kubernetes namespace of the releases (default: default)' }),
    'dry-run': Flags.boolean({ description: 'Show the plan and stop; nothing is written, here or there' }),
  }

  async run(): Promise<ConvergeJson> {
    const { args, flags } = await this.parse(InitClusterCommand)
    this.listenForInterrupts()
    const place = await readSpecFile(flags.spec)
    const cluster = await askForCluster(place, {
      name: args.name,
      prometheus: flags.prometheus,
      namespace: flags.namespace,
      asksAll: !flags.yes && !flags['dry-run'] && !this.jsonEnabled(),
    })
    if (flags['dry-run']) return this.preview(await editSpec(place, { cluster }, flags), place, flags)
    return withSpecLock(place, { listener: this.listener, signal: this.signal, flags }, async () => {
      const file = await readSpecFile(flags.spec)
      const text = await editSpec(file, { cluster }, flags)
      return this.convergeTo(text, file, flags, async ({ spec, inputs }) => {
        this.log(formatNextSteps(spec, inputs, cluster.name, await findMissing(inputs, `cluster/${cluster.name}`)))
      })
    })
  }
}
