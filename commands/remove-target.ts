import { Args, Flags } from '@oclif/core'
import { applyFlags, controllerFlags, specFlags } from '../src/cli/base-command.js'
import { EditCommand } from '../src/cli/edit-command.js'
import { liveFlags } from '../src/cli/live-flags.js'
import { editOutTarget } from '../src/cli/target-edits.js'
import { followLive, serviceOf, withLive } from '../src/cli/target-live.js'
import { formatRemoved } from '../src/cli/target-steps.js'
import type { LiveReport } from '../src/model/live.js'
import type { RemoveTargetJson } from '../src/report/schema/edits.js'

export default class RemoveTargetCommand extends EditCommand {
  static override summary = 'Have a Prometheus no longer scrape something'
  static override description =
    'Takes it out of zprom.yaml and of the scrape jobs. A target that was added with an address is forgotten once nobody scrapes it; its entities on the overlay are kept, and the plan lists them.'
  static override examples = [
    '<%= config.bin %> remove-target node1',
    '<%= config.bin %> remove-target kubeB.reflect --from kubeA',
  ]
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'What is scraped, as zprom targets lists it', required: true }),
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
    ...liveFlags,
    'dry-run': Flags.boolean({ description: 'Show the plan and stop; nothing is written, here or there' }),
  }

  async run(): Promise<RemoveTargetJson> {
    const { args, flags } = await this.parse(RemoveTargetCommand)
    const { name } = args
    const { signal, listener } = this
    const follow = { flags, log: (text: string) => this.log(text), signal, listener }
    let live: readonly LiveReport[] = []
    const { edit, json } = await this.convergeEdit({
      flags,
      edit: file => {
        const edited = editOutTarget(file, name, flags.from)
        // A run that broke off before the live edit has left nobody who scrapes it in the spec.
        const names = edited.readers.length > 0 ? edited.readers : edited.asked
        return withLive(edited, flags, { names, gone: [serviceOf(name, edited.spec)] })
      },
      previewed: async (edit, file) => {
        live = await followLive(edit, { ...follow, file, gone: [serviceOf(name, edit.spec)] })
      },
      landed: async (edit, file, { artefacts, result: { report } }) => {
        this.log(formatRemoved(file, name, edit))
        live = await followLive(edit, { ...follow, file, artefacts, report, gone: [serviceOf(name, edit.spec)] })
      },
    })
    return { ...json, target: name, from: edit.readers, forgotten: edit.isGone, ...(flags.live && { live }) }
  }
}
