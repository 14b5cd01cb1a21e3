import { Flags } from '@oclif/core'
import { BaseCommand, specFlags } from '../../src/cli/base-command.js'
import { dockerFor, findLocal } from '../../src/cli/local.js'
import { UsageError } from '../../src/errors.js'
import { localContainer } from '../../src/render/index.js'

export default class LocalLogsCommand extends BaseCommand {
  static override enableJsonFlag = false
  static override summary = 'Show what the Prometheus of this machine says'
  static override examples = ['<%= config.bin %> local logs --follow']
  static override flags = {
    ...specFlags,
    follow: Flags.boolean({ char: 'f', description: 'Go on until Ctrl-C' }),
    tail: Flags.integer({ description: 'Lines to begin with', default: 100, min: 0 }),
  }

  async run() {
    const { flags } = await this.parse(LocalLogsCommand)
    this.listenForInterrupts()
    const docker = await dockerFor(await findLocal(flags.spec))
    if ((await docker.inspect(localContainer)) === undefined)
      throw new UsageError('the local Prometheus is not running', 'start it with "zprom local up"')
    await docker.logs(localContainer, { follow: flags.follow, tail: flags.tail, signal: this.signal })
  }
}
