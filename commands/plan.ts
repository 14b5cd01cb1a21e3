import { Flags } from '@oclif/core'
import {
  adoptFlags,
  BaseCommand,
  controllerFlags,
  pruneFlags,
  specFlags,
  targetFlags,
} from '../src/cli/base-command.js'
import { withChoices } from '../src/cli/choices.js'
import { formatLostTargets } from '../src/cli/cluster-edits.js'
import { refuseToReplace } from '../src/cli/replaceable.js'
import { planFile, savePlan } from '../src/cli/saved-plan.js'
import { interpret, readSpecFile, refuseToPrune, requireText, withDeps } from '../src/cli/workspace.js'
import { preview } from '../src/flows/converge.js'
import { hasWork } from '../src/plan/index.js'
import { type PlanJson, planToJson } from '../src/report/json.js'
import { formatPlan } from '../src/report/plan-text.js'

export default class PlanCommand extends BaseCommand {
  static override summary = 'Show what apply would do; changes nothing'
  static override examples = ['<%= config.bin %> plan', '<%= config.bin %> plan --exit-code --json']
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    'exit-code': Flags.boolean({ description: 'End with exit code 10 when there is something to do, or drift' }),
    out: Flags.string({ description: 'Save the plan, for zprom apply FILE' }),
    prune: Flags.boolean({ description: 'With what apply --prune would delete' }),
    ...pruneFlags,
    ...adoptFlags,
    ...targetFlags,
  }

  async run(): Promise<PlanJson> {
    const { flags } = await this.parse(PlanCommand)
    const file = await readSpecFile(flags.spec)
    const text = requireText(file, this.listener)
    if (flags.prune) refuseToPrune(file)
    const { spec, inputs: given } = await interpret(text, file, [])
    await refuseToReplace({ path: file.path, outDir: given.outDir }, [planFile(flags.out)])
    const inputs = withChoices(given, flags)
    const run = { listener: this.listener, signal: this.signal, flags }
    const { plan, spent } = await withDeps(run, spec.overlay, deps => preview(inputs, deps))
    this.log(formatPlan(plan, inputs.shown, spent))
    for (const line of formatLostTargets(plan, spec)) this.log(line)
    if (flags.out !== undefined) await savePlan(flags.out, { plan, spec: text, choices: inputs })
    // What is extra grants something perhaps, and takes an apply with --prune: the network is not as zprom left it.
    if (flags['exit-code'] && (hasWork(plan) || plan.drift.extra.length > 0)) process.exitCode = 10
    return planToJson(plan)
  }
}
