import { UsageError } from '../errors.js'
import { isItem } from '../expand/index.js'
import type { ConvergeInputs } from '../flows/converge.js'
import { parseAddress } from '../model/entity.js'
import { makeScope } from '../plan/index.js'
import type { ConvergeFlags } from './converge-command.js'

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

/** Throws UsageError for what is chosen beside a saved plan: half of it is in the plan, the rest such a one does without. */
export function refuseChoices(file: string, flags: ConvergeFlags): void {
  const { adopt = [], accept = [], target = [] } = flags
  const inPlan = {
    prune: flags.prune === true,
    accept: accept.length > 0,
    adopt: adopt.length > 0,
    target: target.length > 0,
  }
  const [chosen] = Object.entries(inPlan).find(([, isGiven]) => isGiven) ?? []
  if (chosen !== undefined)
    throw new UsageError(
      `--${chosen}: ${file} is applied as it was made`,
      `choose when it is made: zprom plan --${chosen} … --out FILE`,
    )
  const beyond = { 're-enroll': flags['re-enroll'].length > 0, 'own-router-policies': flags['own-router-policies'] }
  const [other] = Object.entries(beyond).find(([, isGiven]) => isGiven) ?? []
  if (other !== undefined)
    throw new UsageError(
      `--${other}: ${file} is applied as it was made, and a plan that is saved never has that`,
      `without the file: zprom apply --${other}${other === 're-enroll' ? ' NAME' : ''}`,
    )
}
