import { Args, Flags } from '@oclif/core'
import { type AskedTarget, askedFlags, askForTarget } from '../src/cli/asked-target.js'
import { adoptFlags, applyFlags, controllerFlags, specFlags } from '../src/cli/base-command.js'
import type { Converged } from '../src/cli/converge-command.js'
import { EditCommand } from '../src/cli/edit-command.js'
import { liveFlags } from '../src/cli/live-flags.js'
import { editInTarget, type TargetEdit } from '../src/cli/target-edits.js'
import { followLive, withLive } from '../src/cli/target-live.js'
import { formatAdded, formatJobs, jobsOf, savedTokens } from '../src/cli/target-steps.js'
import type { LiveReport } from '../src/model/live.js'
import type { AddTargetJson } from '../src/report/schema/edits.js'

export default class AddTargetCommand extends EditCommand {
  static override summary = 'Have a Prometheus scrape something, anywhere'
  static override description =
    'Writes it into zprom.yaml and does what follows: what the overlay lacks is made, identities are enrolled, scrape jobs are rendered. What the spec does not know yet needs --address and --hosted-by.'
  static override examples = [
    '<%= config.bin %> add-target kubeB.reflect --to kubeA',
    '<%= config.bin %> add-target kubeB.reflect --to kubeA --live --context my-cluster',
    '<%= config.bin %> add-target kubeA.prometheus --to local --federate',
    '<%= config.bin %> add-target node1 --address 10.0.0.5:9100 --hosted-by lab.tunneler --to kubeA,local',
  ]
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'CLUSTER.WORKLOAD, CLUSTER.prometheus, local.prometheus, or a name of its own',
      required: true,
    }),
  }
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    ...applyFlags,
    ...adoptFlags,
    ...askedFlags,
    ...liveFlags,
    'dry-run': Flags.boolean({ description: 'Show the plan and stop; nothing is written, here or there' }),
  }

  async run(): Promise<AddTargetJson> {
    const { args, flags } = await this.parse(AddTargetCommand)
    const asked = askForTarget(args.name, flags)
    const { signal, listener } = this
    const follow = { flags, gone: [], log: (text: string) => this.log(text), signal, listener }
    let live: readonly LiveReport[] = []
    const { edit, json } = await this.convergeEdit({
      flags,
      edit: file => {
        const edited = editInTarget(file, asked)
        return withLive(edited, flags, { names: edited.readers, gone: [] })
      },
      previewed: async (edit, file) => {
        this.log(`\nThen:\n${formatJobs(args.name, jobsOf(asked, edit))}`)
        live = await followLive(edit, { ...follow, file })
      },
      landed: async (edit, file, converged) => {
        this.showJobs(asked, edit, converged)
        live = await followLive(edit, {
          ...follow,
          file,
          artefacts: converged.artefacts,
          report: converged.result.report,
        })
      },
    })
    return { ...json, target: args.name, jobs: jobsOf(asked, edit), ...(flags.live && { live }) }
  }

  private showJobs(asked: AskedTarget, edit: TargetEdit, { result, inputs }: Converged): void {
    this.log(formatAdded(inputs, { asked, edit, tokens: savedTokens(result) }))
  }
}
