import { BaseCommand } from '../../src/cli/base-command.js'
import { formatSandbox, sandboxFlags } from '../../src/cli/sandbox/command.js'
import { sandboxStatus } from '../../src/cli/sandbox/index.js'
import type { SandboxJson } from '../../src/report/schema/machine.js'

export default class SandboxStatusCommand extends BaseCommand {
  static override summary = 'Say whether the sandbox runs, and where'
  static override examples = ['<%= config.bin %> sandbox status --json']
  static override flags = { ...sandboxFlags }

  async run(): Promise<SandboxJson> {
    const { flags } = await this.parse(SandboxStatusCommand)
    const status = await sandboxStatus(flags.folder)
    this.log(formatSandbox(status))
    return status
  }
}
