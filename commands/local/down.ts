import { BaseCommand, specFlags } from '../../src/cli/base-command.js'
import { dockerFor, findLocal } from '../../src/cli/local.js'
import { stopLocal } from '../../src/flows/local.js'
import type { LocalDownJson } from '../../src/report/schema/machine.js'

export default class LocalDownCommand extends BaseCommand {
  static override summary = 'Stop the Prometheus of this machine'
  static override description = 'Removes its container. Its data, its configuration and its identity stay.'
  static override examples = ['<%= config.bin %> local down']
  static override flags = { ...specFlags }

  async run(): Promise<LocalDownJson> {
    const { flags } = await this.parse(LocalDownCommand)
    const place = await findLocal(flags.spec)
    const stopped = await stopLocal(place.folder, await dockerFor(place))
    this.log(stopped ? 'Stopped.' : 'It was not running.')
    return { stopped }
  }
}
