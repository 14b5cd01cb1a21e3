import { BaseCommand, specFlags } from '../src/cli/base-command.js'
import { readTargets } from '../src/cli/target-edits.js'
import { readSpecFile } from '../src/cli/workspace.js'
import type { TargetsJson } from '../src/report/schema/facts.js'
import { formatTargets } from '../src/report/targets-text.js'

export default class TargetsCommand extends BaseCommand {
  static override summary = 'List who scrapes what'
  static override description =
    'Everything in the spec that can be scraped, by which Prometheus, as which job and how often; also what nobody scrapes. Needs no controller.'
  static override examples = ['<%= config.bin %> targets', '<%= config.bin %> targets --json']
  static override flags = { ...specFlags }

  async run(): Promise<TargetsJson> {
    const { flags } = await this.parse(TargetsCommand)
    const targets = readTargets(await readSpecFile(flags.spec))
    this.log(formatTargets(targets))
    return { targets }
  }
}
