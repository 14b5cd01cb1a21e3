import { Args } from '@oclif/core'
import { BaseCommand, specFlags } from '../src/cli/base-command.js'
import { knownNames } from '../src/cli/completion/known-names.js'
import { nameKinds } from '../src/cli/completion/names.js'

export default class CompleteCommand extends BaseCommand {
  static override summary = 'Print the names that a shell is to offer, one a line; asked by its completion'
  static override hidden = true
  static override enableJsonFlag = false
  static override args = {
    kind: Args.option({ options: nameKinds })({ ignoreStdin: true, description: 'Which names', required: true }),
  }
  static override flags = specFlags

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CompleteCommand)
    // Somebody is in the middle of typing: what goes wrong is said by the command itself, later.
    const names = await knownNames(args.kind, flags.spec).catch(() => [])
    if (names.length > 0) this.log(names.join('\n'))
  }
}
