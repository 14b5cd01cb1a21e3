import { Args, Flags } from '@oclif/core'
import { applyFlags, controllerFlags, specFlags } from '../src/cli/base-command.js'
import { EditCommand } from '../src/cli/edit-command.js'
import { editOutTarget } from '../src/cli/target-edits.js'
import { formatRemoved } from '../src/cli/target-steps.js'

export default class RemoveTargetCommand extends EditCommand {
  static override summary = 'Have a Prometheus no longer scrape something'
  static override description =
    'Takes it out of zprom.yaml and of the scrape jobs. A target that was added with an address is forgotten once nobody scrapes it; its entities on the overlay are kept, and the plan lists them.'
  static override examples = [
    '<%= config.bin %> remove-target node1',
    '<%= config.bin %> remove-target kubeB.reflect --from kubeA',
  ]
  static override args = {
    name: Args.string({ description: 'What is scraped, as zprom targets lists it', required: true }),
  }
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    ...applyFlags,
    from: Flags.string({
      description: 'Who is to stop: clusters, local, or all (comma-separated or repeated)',
      default: ['all'],
      defaultHelp: async () => 'all',
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
    }),
    'dry-run': Flags.boolean({ description: 'Show the plan and stop; nothing is written, here or there' }),
  }

  async run() {
    const { args, flags } = await this.parse(RemoveTargetCommand)
    const { name } = args
    const { edit, json } = await this.convergeEdit({
      flags,
      edit: file => editOutTarget(file, name, flags.from),
      landed: (edit, file) => this.log(formatRemoved(file, name, edit)),
    })
    return { ...json, target: name, from: edit.readers, forgotten: edit.isGone }
  }
}
