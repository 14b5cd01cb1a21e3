import { Args, Flags } from '@oclif/core'
import {
  adoptFlags,
  applyFlags,
  controllerFlags,
  eventFlags,
  pruneFlags,
  specFlags,
  targetFlags,
} from '../src/cli/base-command.js'
import { refuseChoices } from '../src/cli/choices.js'
import { ConvergeCommand, type ConvergeFlags } from '../src/cli/converge-command.js'
import { readSavedPlan, refuseStale } from '../src/cli/saved-plan.js'
import { readSpecFile, refuseToPrune, requireText, withReadSpecLock } from '../src/cli/workspace.js'
import type { ConvergeInputs } from '../src/flows/converge.js'
import type { Plan } from '../src/model/plan.js'
import type { SavedPlan } from '../src/plan/index.js'
import type { ConvergeJson } from '../src/report/schema/run.js'

export default class ApplyCommand extends ConvergeCommand {
  static override summary = 'Make the overlay and the output folder what the spec says'
  static override description =
    'Shows the plan, asks, applies it, and enrolls. Running it again goes on where it stopped. A plan that was saved is applied without a question, as long as nothing has moved.'
  static override examples = [
    '<%= config.bin %> apply',
    '<%= config.bin %> apply --yes --json',
    '<%= config.bin %> apply --prune',
    '<%= config.bin %> plan --out plan.json && <%= config.bin %> apply plan.json',
  ]
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'A plan that "zprom plan --out FILE" saved' }),
  }
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    ...applyFlags,
    ...eventFlags,
    prune: Flags.boolean({ description: 'Delete what an earlier spec asked for and this one does not' }),
    ...pruneFlags,
    ...adoptFlags,
    ...targetFlags,
  }

  private saved: { readonly plan: SavedPlan; readonly path: string } | undefined
  private spec = ''

  async run(): Promise<ConvergeJson> {
    const { args, flags } = await this.parse(ApplyCommand)
    this.listenForInterrupts()
    if (args.file !== undefined) refuseChoices(args.file, flags)
    if (args.file !== undefined) this.saved = { plan: await readSavedPlan(args.file), path: args.file }
    const place = await readSpecFile(flags.spec)
    requireText(place)
    return withReadSpecLock(place, { listener: this.listener, signal: this.signal, flags }, async () => {
      const file = await readSpecFile(flags.spec)
      this.spec = requireText(file, this.listener)
      if (flags.prune || this.saved?.plan.choices.prune !== undefined) refuseToPrune(file)
      return this.convergeTo(this.spec, file, { ...flags, yes: flags.yes || this.saved !== undefined })
    })
  }

  protected override shape(inputs: ConvergeInputs, flags: ConvergeFlags): ConvergeInputs {
    return this.saved === undefined ? super.shape(inputs, flags) : { ...inputs, ...this.saved.plan.choices }
  }

  protected override examine(plan: Plan): void {
    if (this.saved !== undefined) refuseStale(this.saved.plan, plan, this.spec, this.saved.path)
  }
}
