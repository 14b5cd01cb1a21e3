import { join } from 'node:path'
import { FileError } from '../../errors.js'
import { parseJson } from '../../model/json.js'
import { nodeFiles } from '../files.js'
import type { ProcessMark } from '../process-mark.js'
import { isOrigin, isRecord } from '../profile-shape.js'

/** What is remembered of a sandbox between commands; kept 0600 in its folder, without the password. */
export type SandboxState = {
  readonly url: string
  readonly controllerPort: number
  readonly routerPort: number
  readonly program: string
  readonly process?: ProcessMark
  /** That process was seen to be ready: from then on silence is a fault, before it is a start. */
  readonly isReady?: boolean
}

/** The state of the sandbox in a folder; undefined when there is none. Throws FileError when it is damaged. */
export async function readState(folder: string): Promise<SandboxState | undefined> {
  const path = join(folder, 'sandbox.json')
  const text = await nodeFiles.read(path)
  if (text === undefined) return undefined
  const value = parseJson(text)
  if (isState(value)) return value
  throw new FileError(
    `${path}: not the state of a sandbox`,
    path,
    'choose another folder; or, if a sandbox was kept in this one, end its process if it still runs, remove home, password, quickstart.log and sandbox.json, and start it again',
  )
}

/** Remembers the state of the sandbox in a folder. */
export function writeState(folder: string, state: SandboxState): Promise<void> {
  return nodeFiles.keepSecret(join(folder, 'sandbox.json'), `${JSON.stringify(state, undefined, 2)}\n`)
}

function isState(value: unknown): value is SandboxState {
  if (!isRecord(value)) return false
  const { url, controllerPort, routerPort, program, process, isReady } = value
  return (
    isOrigin(url) &&
    [controllerPort, routerPort].every(isPort) &&
    typeof program === 'string' &&
    (process === undefined || isMark(process)) &&
    (isReady === undefined || typeof isReady === 'boolean')
  )
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536
}

// Above zero: signals to a negative number go to a whole group of processes.
function isMark(value: unknown): boolean {
  return isRecord(value) && Number.isInteger(value.pid) && Number(value.pid) > 0 && typeof value.started === 'string'
}
