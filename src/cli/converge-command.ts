import { AuthError, ZpromError } from '../errors.js'
import type { ArtefactState } from '../flows/artefacts.js'
import { type Adjust, type ConvergeInputs, type ConvergeResult, converge, preview } from '../flows/converge.js'
import type { Deps } from '../flows/ports.js'
import { doubtedDeletes } from '../model/conflict.js'
import type { Plan } from '../model/plan.js'
import type { Report } from '../model/report.js'
import { showLines } from '../model/shown.js'
import { lacksRouterPolicies } from '../plan/index.js'
import { planToJson } from '../report/json.js'
import { formatLeftAlone, formatPlan } from '../report/plan-text.js'
import { formatReport } from '../report/report-text.js'
import type { ConvergeJson } from '../report/schema/run.js'
import type { Spec } from '../spec/schema.js'
import { formatArtefacts, updateArtefactsAfter } from './artefacts.js'
import { BaseCommand } from './base-command.js'
import { warnOfTaken } from './begun-spec.js'
import { withChoices } from './choices.js'
import { formatLostTargets } from './cluster-edits.js'
import type { Target } from './connection.js'
import { askYesNo, canAsk } from './prompts.js'
import {
  type Interpreted,
  interpret,
  type RunFlags,
  type SpecFile,
  shownPath,
  withDeps,
  writeSpec,
} from './workspace.js'

/** Flags that every converging command has. */
export type ConvergeFlags = RunFlags & {
  readonly yes: boolean
  readonly 'key-type': 'ec-p256' | 'ec-p384' | 'rsa-2048' | 'rsa-4096'
  readonly 're-enroll': readonly string[]
  readonly 'own-router-policies': boolean
  readonly prune?: boolean
  readonly accept?: readonly string[]
  readonly adopt?: readonly string[]
  readonly target?: readonly string[]
  /** The name of the stack that a spec is begun with, as typed. */
  readonly stack?: string | undefined
}

/** A run that ended well, for what a command wants to add to it while the controller is still at hand. */
export type Converged = {
  readonly result: ConvergeResult
  readonly spec: Spec
  readonly inputs: ConvergeInputs
  readonly deps: Deps
  readonly artefacts: readonly ArtefactState[]
}

type Question = {
  readonly inputs: ConvergeInputs
  readonly lost: readonly string[]
  readonly yes: boolean
  readonly target: Target
}

/** Base of the commands that end in plan, question, apply: `apply`, `init cluster`, `dev-identity`. */
export abstract class ConvergeCommand extends BaseCommand {
  /** Makes the network what `text` says; `text` is saved as the spec after the confirmation, if it differs from the file. */
  protected async convergeTo(
    text: string,
    file: SpecFile,
    flags: ConvergeFlags,
    after: (converged: Converged) => Promise<void> = async () => undefined,
  ): Promise<ConvergeJson> {
    const edited = flags['own-router-policies'] ? await ownPolicies(text, file) : text
    const interpreted = await interpret(edited, file, flags['re-enroll'])
    const { spec } = interpreted
    const inputs = this.shaped(interpreted.inputs, flags)
    let wanted = edited
    const adjust: Adjust = async (given, snapshot) => {
      this.note(warnOfTaken(given, snapshot, file, flags))
      if (spec.overlay.routerPolicies === 'own' || !lacksRouterPolicies(snapshot) || flags.yes || !canAsk())
        return undefined
      const question =
        'This network has no policies that join identities and services to edge routers. Create and own them?'
      if (!(await askYesNo(question, '--own-router-policies'))) return undefined
      wanted = await ownPolicies(edited, file)
      return this.shaped((await interpret(wanted, file, flags['re-enroll'])).inputs, flags)
    }
    return withDeps({ listener: this.listener, signal: this.signal, flags }, spec.overlay, async (deps, target) => {
      const { result, artefacts } = await this.reporting(async () => {
        const result = await converge(
          inputs,
          {
            algorithm: flags['key-type'],
            adjust,
            examine: plan => {
              this.examine(plan)
              // What would go, and what hangs on it, is what one decides by; the conflicts themselves are in the error.
              if (doubtedDeletes(plan).length > 0) this.log(`${formatPlan({ ...plan, conflicts: [] }, inputs.shown)}\n`)
            },
            confirm: plan => {
              const lost = this.describeLost(plan, spec)
              return this.confirm(plan, { inputs, lost, yes: flags.yes, target })
            },
            beforeApply: async () => {
              if (wanted !== file.text) await writeSpec(file, wanted)
            },
          },
          deps,
        )
        return { result, artefacts: await this.updateArtefacts(result, interpreted) }
      })
      for (const line of formatArtefacts(artefacts, path => shownPath(file, spec, path), interpreted.deployments))
        this.log(line)
      this.show(result)
      if (result.report === undefined) return { plan: planToJson(result.plan), report: null, artefacts }
      await after({ result, spec, inputs, deps, artefacts })
      return { plan: planToJson(result.plan), report: result.report, artefacts }
    })
  }

  private note(warning: string | undefined): undefined {
    if (warning !== undefined) this.listener({ type: 'warning', text: warning })
  }

  /** May refuse a plan before anything is done with it. */
  protected examine(_plan: Plan): void {}

  // A command that does not take --adopt can meet what somebody else made all the same, at another item.
  private shaped(inputs: ConvergeInputs, flags: ConvergeFlags): ConvergeInputs {
    const shaped = this.shape(inputs, flags)
    return flags.adopt === undefined ? { ...shaped, adoptWith: 'zprom apply' } : shaped
  }

  /** What the flags make of what the spec stands for. */
  protected shape(inputs: ConvergeInputs, flags: ConvergeFlags): ConvergeInputs {
    return withChoices(inputs, flags)
  }

  protected async updateArtefacts({ report }: ConvergeResult, interpreted: Interpreted): Promise<ArtefactState[]> {
    return report === undefined ? [] : updateArtefactsAfter(report, interpreted)
  }

  /** Shows what converging would do. Writes nothing, on disk or at the controller. */
  protected async preview(text: string, file: SpecFile, flags: ConvergeFlags): Promise<ConvergeJson> {
    const edited = flags['own-router-policies'] ? await ownPolicies(text, file) : text
    const { spec, inputs: given } = await interpret(edited, file, flags['re-enroll'])
    const inputs = this.shaped(given, flags)
    const run = { listener: this.listener, signal: this.signal, flags }
    const { plan, spent } = await withDeps(run, spec.overlay, deps =>
      preview(inputs, deps, async (given, snapshot) => this.note(warnOfTaken(given, snapshot, file, flags))),
    )
    this.log(formatPlan(plan, inputs.shown, spent))
    for (const line of this.describeLost(plan, spec)) this.log(line)
    return { plan: planToJson(plan), report: null, artefacts: [] }
  }

  /** What goes with a plan's deletes beyond the controller. */
  protected describeLost(plan: Plan, spec: Spec): string[] {
    return formatLostTargets(plan, spec)
  }

  private async confirm(plan: Plan, { inputs, lost, yes, target }: Question): Promise<boolean> {
    // Under --json stdout is for the document alone; who is asked must see all the same what about.
    const isAsked = this.jsonEnabled() && !yes && canAsk()
    const say = (text: string) => void (isAsked ? process.stderr.write(`${showLines(text)}\n`) : this.log(text))
    say(formatPlan(plan, inputs.shown))
    for (const line of lost) say(line)
    say('')
    if (target.readOnly) throw refuseChanges(target)
    return yes || askYesNo('Apply this plan?', '--yes')
  }

  private show({ plan, report }: ConvergeResult): void {
    if (report === undefined) {
      this.log('Nothing was changed.')
      return
    }
    // Without work no plan was shown, but what it leaves alone must be said all the same.
    if (report.outcomes.length === 0) for (const line of formatLeftAlone(plan)) this.log(line)
    this.log(formatReport(report))
  }

  // A failed run has a report too: it is shown before the error.
  private async reporting<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      const report = error instanceof ZpromError && 'report' in error ? (error.report as Report | null) : null
      // A run that a conflict stopped has no outcomes: counts of nothing would read like a success.
      if (report !== null && report.outcomes.length > 0) this.log(formatReport(report))
      throw error
    }
  }
}

// Before the question and before the first write, the spec's included: later it would look like a run that broke off.
function refuseChanges({ url, loginCommand = `zprom login ${url}` }: Target): AuthError {
  return new AuthError(`${url}: this login is marked read-only, so nothing was changed`, {
    controller: url,
    method: 'read-only',
    hint: `log in again without --read-only: ${loginCommand}`,
  })
}

async function ownPolicies(text: string, file: SpecFile): Promise<string> {
  const { ownRouterPolicies } = await import('../spec/edit.js')
  return ownRouterPolicies(text, file.shown).text
}
