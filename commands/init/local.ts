import { Flags } from '@oclif/core'
import {
  adoptFlags,
  applyFlags,
  beginFlags,
  controllerFlags,
  eventFlags,
  specFlags,
} from '../../src/cli/base-command.js'
import { EditCommand } from '../../src/cli/edit-command.js'
import { findMissing, formatLocalSteps } from '../../src/cli/next-steps.js'
import { editSpec } from '../../src/cli/spec-edits.js'
import type { ConvergeJson } from '../../src/report/schema/run.js'

export default class InitLocalCommand extends EditCommand {
  static override summary = "Add a Prometheus on one's own machine, in Docker"
  static override description =
    'Adds it to zprom.yaml, shows the plan, applies it, enrolls its identity, and writes its prometheus.yml and the Docker files. It scrapes every Prometheus and workload of the clusters.'
  static override examples = ['<%= config.bin %> init local', '<%= config.bin %> init local --dark --yes']
  static override flags = {
    ...specFlags,
    ...beginFlags,
    ...controllerFlags,
    ...applyFlags,
    ...adoptFlags,
    ...eventFlags,
    dark: Flags.boolean({ description: 'It listens on the overlay only, as local.prometheus.svc' }),
    port: Flags.integer({
      description: 'The port on 127.0.0.1 when it is not dark (default: 9090)',
      min: 1,
      max: 65_535,
      exclusive: ['dark'],
    }),
    'dry-run': Flags.boolean({ description: 'Show the plan and stop; nothing is written, here or there' }),
  }

  async run(): Promise<ConvergeJson> {
    const { flags } = await this.parse(InitLocalCommand)
    const local = { ...(flags.dark && { dark: true }), ...(flags.port !== undefined && { port: flags.port }) }
    const { json } = await this.convergeEdit({
      flags,
      edit: async file => ({ text: await editSpec(file, { local }, flags) }),
      landed: async (_edit, _file, { spec, inputs }) =>
        this.log(formatLocalSteps(spec, inputs, await findMissing(inputs, 'local'))),
    })
    return json
  }
}
