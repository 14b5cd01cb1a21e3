import { AuthError, UsageError, ZpromError } from '../errors.js'
import { isItem } from '../expand/index.js'
import type { ArtefactState } from '../flows/artefacts.js'
import { type Adjust, type ConvergeInputs, type ConvergeResult, converge, preview } from '../flows/converge.js'
import type { Deps } from '../flows/ports.js'
import { doubtedDeletes } from '../model/conflict.js'
import { parseAddress } from '../model/entity.js'
import type { Plan } from '../model/plan.js'
import type { Report } from '../model/report.js'
import { showLines } from '../model/shown.js'
import { lacksRouterPolicies, makeScope } from '../plan/index.js'
import { planToJson } from '../report/json.js'
import { formatLeftAlone, formatPlan } from '../report/plan-text.js'
import { formatReport } from '../report/report-text.js'
import type { ConvergeJson } from '../report/schema/run.js'
import type { Spec } from '../spec/schema.js'
import { formatArtefacts, updateArtefactsAfter } from './artefacts.js'
import { BaseCommand } from './base-command.js'
import { warnOfTaken } from './begun-spec.js'
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

/** What `--prune`, `--accept`, `--adopt` and `--target` make of the inputs. Throws UsageError for an address that is none. */
export function withChoices(
  inputs: ConvergeInputs,
  { prune, accept = [], adopt = [], target = [] }: Pick<ConvergeFlags, 'prune' | 'accept' | 'adopt' | 'target'>,
): ConvergeInputs {
  const within = target.length > 0 ? readTargets(target, inputs) : undefined
  if (within !== undefined) refuseOutside(inputs, within)
  return {
    ...inputs,
    ...(prune === true && { prune: { enrolledToo: accept.includes('delete-identities') } }),
    ...(adopt.length > 0 && { adopt: adopt.includes('all') ? 'all' : new Set(adopt.map(readPlace)) }),
    ...(within !== undefined && { target: within }),
  }
}

function readTargets(typed: readonly string[], { topology }: ConvergeInputs): ReadonlySet<string> {
  // An enrolment goes with its identity, and plans and reports show it by an address of its own.
  const placeOf = (word: string) => word.replace(/^enrollment\//, 'identity/')
  const items = new Set(topology.entities.map(({ origin }) => origin))
  // An item that has left the spec is still what entities on the network say that they are of.
  const stranger = typed.find(word => !items.has(word) && !isItem(word) && parseAddress(placeOf(word)) === undefined)
  if (stranger === undefined) return new Set(typed.map(placeOf))
  throw new UsageError(
    `--target ${stranger}: the spec has no such item, and it is no address`,
    `items are: ${[...items].join(', ') || 'none'}; an address is KIND/NAME, as the plan shows it`,
  )
}

// It would be left as it is, and the run would end as if it had been done.
function refuseOutside({ topology, reEnroll }: ConvergeInputs, target: ReadonlySet<string>): void {
  const scope = makeScope(topology, target)
  const outside = [...reEnroll].find(name => !scope.has(`identity/${name}`))
  if (outside === undefined) return
  throw new UsageError(
    `--re-enroll ${outside}: it is not among what --target limits the run to`,
    `add --target identity/${outside}, or leave out one of the two`,
  )
}

/** An address, or an item of a spec, that was typed. Throws UsageError. */
export function readPlace(word: string): string {
  if (parseAddress(word) !== undefined || isItem(word)) return word
  const [, enrolled] = /^enrollment\/(.+)$/s.exec(word) ?? []
  if (enrolled !== undefined)
    throw new UsageError(`${word} is an enrolment, which goes with its identity`, `write: identity/${enrolled}`)
  throw new UsageError(
    `${word} is no address`,
    'write KIND/NAME, as the plan shows it: service/kubeA.reflect.svc; or an item such as cluster/kubeA',
  )
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
