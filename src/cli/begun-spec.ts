import { UsageError } from '../errors.js'
import type { ConvergeInputs } from '../flows/converge.js'
import type { Snapshot } from '../model/snapshot.js'
import { counted } from '../report/counted.js'
import type { SpecFile } from './workspace.js'

/**
 * Refuses to begin a spec whose stack, named after its folder, is somebody's already: what is theirs would be left over here,
 * and deleted by the next --prune. Throws UsageError. A name that was typed (`stack`) is meant.
 */
export function refuseTaken(
  { topology }: ConvergeInputs,
  { entities }: Snapshot,
  { text }: SpecFile,
  { stack }: { readonly stack?: string | undefined },
): void {
  if (text !== undefined || stack !== undefined) return
  const name = topology.stack
  const count = [...entities.values()].filter(({ owner }) => owner?.stack === name).length
  if (count === 0) return
  throw new UsageError(
    `the stack "${name}" is on this network already (${counted(count, 'entity', 'entities')}), and there is no spec of it here`,
    `go on in the folder of its zprom.yaml, or choose another name: --stack NAME; if that file is lost: zprom import --stack ${name}`,
  )
}
