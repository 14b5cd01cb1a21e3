import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.js'
import { formatDown, sandboxFlags } from '../../src/cli/sandbox/command.js'
import { sandboxDown } from '../../src/cli/sandbox/index.js'
import type { SandboxDownJson } from '../../src/report/schema/machine.js'

export default class SandboxDownCommand extends BaseCommand {
  static override summary = 'Stop the sandbox; nothing of it is left running'
  static override examples = ['<%= config.bin %> sandbox down', '<%= config.bin %> sandbox down --purge']
  static override flags = {
    ...sandboxFlags,
    purge: Flags.boolean({
      description: 'Remove what it keeps and its profile too, and its folder unless something else is in it',
      default: false,
    }),
  }

  async run(): Promise<SandboxDownJson> {
    const { flags } = await this.parse(SandboxDownCommand)
    const result = await sandboxDown(flags.folder, flags.purge, line => this.logToStderr(line))
    this.log(formatDown(result, flags.folder))
    return result
  }
}
