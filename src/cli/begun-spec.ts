import type { ConvergeInputs } from '../flows/converge.js'
import type { Snapshot } from '../model/snapshot.js'
import { counted } from '../report/counted.js'
import type { SpecFile } from './workspace.js'

/**
 * What there is to say when a spec is begun whose stack, named after its folder, is on the network already: by this person in
 * an earlier checkout, which is fine, or by somebody else. Undefined where there is nothing, or the name was typed (`stack`).
 */
export function warnOfTaken(
  { topology }: ConvergeInputs,
  { entities }: Snapshot,
  { text }: SpecFile,
  { stack }: { readonly stack?: string | undefined },
): string | undefined {
  if (text !== undefined || stack !== undefined) return undefined
  const wanted = new Set(topology.entities.map(({ origin }) => origin))
  const name = topology.stack
  const owners = [...entities.values()].flatMap(({ owner }) => (owner?.stack === name ? [owner.origin] : []))
  const others = owners.filter(origin => !wanted.has(origin)).length
  if (others === 0) return undefined
  return `the stack "${name}" is on this network already, with ${counted(others, 'entity', 'entities')} that this new spec does not ask for; if they are somebody else's, choose another name with --stack NAME, or else bring that spec here, or make it with: zprom import --stack ${name}; --prune would delete them`
}
