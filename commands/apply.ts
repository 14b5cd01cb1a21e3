import { Flags } from '@oclif/core'
import { adoptFlags, applyFlags, controllerFlags, pruneFlags, specFlags } from '../src/cli/base-command.js'
import { ConvergeCommand } from '../src/cli/converge-command.js'
import { readSpecFile, requireText, withSpecLock } from '../src/cli/workspace.js'

export default class ApplyCommand extends ConvergeCommand {
  static override summary = 'Make the overlay and the output folder what the spec says'
  static override description =
    'Shows the plan, asks, applies it, and enrolls. Running it again goes on where it stopped.'
  static override examples = [
    '<%= config.bin %> apply',
    '<%= config.bin %> apply --yes --json',
    '<%= config.bin %> apply --prune',
  ]
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    ...applyFlags,
    prune: Flags.boolean({ description: 'Delete what an earlier spec asked for and this one does not' }),
    ...pruneFlags,
    ...adoptFlags,
  }

  async run() {
    const { flags } = await this.parse(ApplyCommand)
    this.listenForInterrupts()
    const place = await readSpecFile(flags.spec)
    requireText(place)
    return withSpecLock(place, { listener: this.listener, signal: this.signal, flags }, async () => {
      const file = await readSpecFile(flags.spec)
      return this.convergeTo(requireText(file, this.listener), file, flags)
    })
  }
}
