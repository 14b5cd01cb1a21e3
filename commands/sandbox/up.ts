import { BaseCommand } from '../../src/cli/base-command.js'
import { formatSandbox, sandboxFlags } from '../../src/cli/sandbox/command.js'
import { sandboxUp } from '../../src/cli/sandbox/index.js'
import type { SandboxJson } from '../../src/report/schema/machine.js'

export default class SandboxUpCommand extends BaseCommand {
  static override summary = 'Start a real controller and edge router on this machine, on loopback'
  static override description =
    'Uses ziti from ZPROM_ZITI or the PATH, otherwise builds the overlay program of this package with Go (five minutes, once).'
  static override examples = [
    '<%= config.bin %> sandbox up',
    '<%= config.bin %> init cluster kubeA --prometheus tunneled --profile sandbox',
  ]
  static override flags = { ...sandboxFlags }

  async run(): Promise<SandboxJson> {
    const { flags } = await this.parse(SandboxUpCommand)
    const status = await sandboxUp(flags.folder, line => this.logToStderr(line))
    this.log(formatSandbox(status))
    return status
  }
}
