import { Args, Flags } from '@oclif/core'
import { applyFlags, controllerFlags, pruneFlags, specFlags } from '../../src/cli/base-command.js'
import { describeUnknown, editOutCluster, formatAfterRemoval, formatDropped } from '../../src/cli/cluster-edits.js'
import type { ConvergeFlags } from '../../src/cli/converge-command.js'
import { EditCommand } from '../../src/cli/edit-command.js'
import type { ConvergeInputs } from '../../src/flows/converge.js'
import type { RemoveClusterJson } from '../../src/report/schema/edits.js'

export default class RemoveClusterCommand extends EditCommand {
  static override summary = 'Take a cluster out of the spec and off the overlay'
  static override description =
    'Takes it out of zprom.yaml together with the scrapes of it by others, shows both and the plan, asks, and deletes what zprom made for it. Its releases in Kubernetes stay; what uninstalls them is said.'
  static override examples = [
    '<%= config.bin %> remove cluster kubeB --accept delete-identities',
    '<%= config.bin %> remove cluster kubeB --keep',
  ]
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Name of the cluster', required: true }),
  }
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    ...applyFlags,
    ...pruneFlags,
    keep: Flags.boolean({ description: 'Leave its entities on the overlay' }),
    'dry-run': Flags.boolean({ description: 'Show the plan and stop; nothing is written, here or there' }),
  }

  private origin: string | undefined

  async run(): Promise<RemoveClusterJson> {
    const { args, flags } = await this.parse(RemoveClusterCommand)
    const { name } = args
    if (!flags.keep) this.origin = `cluster/${name}`
    const { edit, json } = await this.convergeEdit({
      flags,
      edit: file => {
        const removal = editOutCluster(file, name)
        if (!removal.wasKnown) this.listener({ type: 'warning', text: describeUnknown(file, name, removal) })
        for (const line of formatDropped(removal)) this.log(line)
        return removal
      },
      landed: removal => {
        const next = formatAfterRemoval(name, removal, flags.keep)
        if (next !== '') this.log(next)
      },
    })
    return { ...json, cluster: name, dropped: edit.dropped, stranded: edit.stranded }
  }

  // Said already, with the names of the jobs.
  protected override describeLost(): string[] {
    return []
  }

  protected override shape(inputs: ConvergeInputs, { accept = [] }: ConvergeFlags): ConvergeInputs {
    if (this.origin === undefined) return inputs
    return { ...inputs, prune: { enrolledToo: accept.includes('delete-identities'), of: this.origin } }
  }
}
