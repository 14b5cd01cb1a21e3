import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { type Controller, pacedCalls } from '../controller/index.js'
import { ControllerError, FileError, SpecError, UsageError } from '../errors.js'
import type { ConvergeInputs } from '../flows/converge.js'
import type { Deps } from '../flows/ports.js'
import type { Deployments } from '../model/deployment.js'
import { type Listener, silent } from '../report/events.js'
import type { Spec } from '../spec/schema.js'
import { selectTarget, type Target } from './connection.js'
import { followLinks, nodeFiles } from './files.js'
import { type LockOptions, withLock, withLockOr } from './lock.js'
import { openController, pace, retryFor } from './open-controller.js'

/** Limit for one request where nobody gave another. */
export const timeoutMs = 30_000

// Another run of a few clusters takes seconds; one of a thousand, a few minutes.
const lockWaitMs = 10 * 60_000

/** A spec file as it is on disk: where, and its text if it exists. */
export type SpecFile = { readonly path: string; readonly shown: string; readonly text: string | undefined }

/** Reads the spec file; one that does not exist has no text. Throws SpecError for one that can't be read. */
export async function readSpecFile(flag: string): Promise<SpecFile> {
  const path = resolve(flag)
  try {
    return { path, shown: flag, text: await nodeFiles.read(path) }
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    throw wholeFile(
      flag,
      `${error.message.replace(`${path}: `, '')}.`,
      'Name another file with --spec, or mend the rights.',
    )
  }
}

function wholeFile(file: string, message: string, suggestion: string): SpecError {
  return new SpecError([{ file, line: 1, column: 1, path: '', message, suggestion }])
}

/** Writes a spec over what was read of it. Throws FileError when that is no longer what is there: an edit must not be lost. */
export async function writeSpec({ path, shown, text: read }: SpecFile, text: string): Promise<void> {
  const found = await nodeFiles.read(path)
  if (found !== read) {
    const event = found === undefined ? 'removed' : read === undefined ? 'made' : 'changed'
    throw new FileError(
      `${shown} was ${event} since this run has read it, so nothing was written or changed`,
      path,
      'run the same command again: it goes by what is there now',
    )
  }
  await nodeFiles.write(path, text)
}

/** The text of a spec that must exist; one that asks for nothing is worth a warning, for it may have been cut off. */
export function requireText({ shown, text }: SpecFile, listener: Listener = silent): string {
  if (text !== undefined) {
    if (emptySpec.test(text)) listener({ type: 'warning', text: `${shown} is empty, so it asks for nothing` })
    return text
  }
  throw wholeFile(
    shown,
    'there is no such file.',
    'Make it with "zprom init cluster NAME", or name another with --spec.',
  )
}

/** Throws UsageError for a spec with nothing in it: what it leaves over is all of the stack that it would be taken for. */
export function refuseToPrune({ shown, text = '' }: SpecFile): void {
  if (!emptySpec.test(text)) return
  throw new UsageError(
    `${shown} is empty: to prune would delete everything of the stack "zprom"`,
    'to delete everything, run "zprom destroy"; to delete what a stack has left over, name it in the file: stack: NAME',
  )
}

// Nothing but blank lines, comments, document marks and the ways to write null.
const emptySpec = /^\uFEFF?(?:[ \t]*(?:---|\.\.\.|null|Null|NULL|~|\{\s*\})?[ \t]*(?:#[^\n]*)?(?:\r?\n|$))*$/

/** A spec and what it stands for, on the overlay and beyond it. */
export type Interpreted = {
  readonly spec: Spec
  readonly inputs: ConvergeInputs
  readonly deployments: Deployments
}

/** A text as a spec and as what it stands for. */
export async function interpret(text: string, file: SpecFile, reEnroll: readonly string[]): Promise<Interpreted> {
  const [{ parseSpec }, { expandSpec, deploymentsOf }] = await Promise.all([
    import('../spec/parse.js'),
    import('../expand/index.js'),
  ])
  const spec = parseSpec(text, file.shown)
  const outDir = resolve(dirname(file.path), spec.output)
  const topology = expandSpec(spec)
  const known = topology.enrollments.map(({ identity }) => identity)
  const stranger = reEnroll.find(name => !known.includes(name))
  if (stranger !== undefined) {
    throw new UsageError(
      `--re-enroll ${stranger}: the spec has no such identity`,
      `it has: ${known.join(', ') || 'none'}`,
    )
  }
  const shown = (path: string) => shownPath(file, spec, path)
  let deployments: Deployments | undefined
  return {
    spec,
    inputs: { topology, outDir, shown, reEnroll: new Set(reEnroll) },
    // Most commands ask for nothing beyond the overlay.
    get deployments() {
      deployments ??= deploymentsOf(spec)
      return deployments
    },
  }
}

/** What every run of a command brings: who hears of progress, what ends it, and how it talks to the controller. */
export type Run = {
  readonly listener: Listener
  readonly signal: AbortSignal
  readonly flags: RunFlags
}

/** The flags that say how a controller is talked to; `timeout` is in milliseconds. */
export type RunFlags = {
  readonly profile?: string | undefined
  readonly 'ziti-login'?: string | undefined
  readonly parallel: number
  readonly timeout?: number
  /** How long a controller cluster may be without a leader, milliseconds; a text is of a command with a wait of its own. */
  readonly wait?: number | string | undefined
}

/** Everything that a flow runs on, for the controller that flags, environment and spec select; closed afterwards. */
export async function withDeps<T>(
  { listener, signal, flags }: Run,
  overlay: Spec['overlay'] | undefined,
  use: (deps: Deps, target: Target) => Promise<T>,
): Promise<T> {
  const target = await selectTarget({
    profile: flags.profile,
    zitiLogin: flags['ziti-login'],
    overlay,
    env: process.env,
  })
  if (target.warning !== undefined) listener({ type: 'warning', text: target.warning })
  if (target.notice !== undefined) listener({ type: 'waiting', text: target.notice })
  const limits = { parallel: flags.parallel, timeoutMs: flags.timeout ?? timeoutMs }
  const say = (type: 'warning' | 'waiting', text: string) => listener({ type, text })
  const leaderWaitMs = typeof flags.wait === 'number' ? flags.wait : undefined
  const controller = openController(target, { ...limits, leaderWaitMs, say })
  try {
    return await use(makeDeps({ controller, target, listener, signal, leaderWaitMs, ...limits }), target)
  } catch (error) {
    throw target.profile === 'sandbox' ? sandboxFailure(error) : error
  } finally {
    controller.close()
  }
}

// Of the sandbox it is known what has to be done for something to listen there.
function sandboxFailure(error: unknown): unknown {
  if (!(error instanceof ControllerError) || error.detail.networkCode !== 'ECONNREFUSED') return error
  return new ControllerError(error.message, error.detail, 'start the sandbox with: zprom sandbox up')
}

/** Runs while no other zprom on this machine works on the same spec, by whichever of its names. */
export async function withSpecLock<T>(file: SpecFile, { listener, signal }: Run, run: () => Promise<T>): Promise<T> {
  return withLock(lockOf(await followLinks(file.path), { listener, signal }), run)
}

/**
 * The same for a run that only reads the spec, which may then be where nothing can be written, such as a ConfigMap: the lock
 * is in the temporary folder, in one of this person's own.
 */
export async function withReadSpecLock<T>(
  file: SpecFile,
  { listener, signal }: Run,
  run: () => Promise<T>,
): Promise<T> {
  const path = await followLinks(file.path)
  const elsewhere = () => {
    const name = createHash('sha256').update(path).digest('hex').slice(0, 32)
    return join(tmpdir(), `zprom-${process.getuid?.() ?? 'user'}`, `${name}.lock`)
  }
  return withLockOr(lockOf(path, { listener, signal }), elsewhere, run)
}

function lockOf(path: string, { listener, signal }: Pick<Run, 'listener' | 'signal'>): LockOptions {
  const onWait = (holder: string) => listener({ type: 'waiting', text: `waiting for another zprom run (${holder})` })
  return { path: `${path}.lock`, what: 'this spec', waitMs: lockWaitMs, onWait, signal }
}

/** A name for a new stack: the folder's, as far as it is fit for one. */
export function suggestStack(file: SpecFile): string {
  const name = basename(dirname(file.path))
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60)
  return name === '' ? 'zprom' : name
}

type Parts = {
  readonly controller: Controller
  readonly target: Target
  readonly listener: Listener
  readonly signal: AbortSignal
  readonly parallel: number
  readonly timeoutMs: number
  readonly leaderWaitMs: number | undefined
}

function makeDeps({ controller, target, listener, signal, parallel, timeoutMs, leaderWaitMs }: Parts): Deps {
  return {
    controller,
    files: nodeFiles,
    listener,
    signal,
    parallel,
    now: Date.now,
    makeKey: async algorithm => (await import('../enroll/index.js')).makeKey(algorithm),
    makeEnroller: async () => {
      const { createEnroller, loadSigner } = await import('../enroll/index.js')
      // Nothing else happens while it loads, so first whatever is to be sent at this moment: its answers come meanwhile.
      setImmediate(() => loadSigner().catch(() => undefined)) // told where it is used
      const ca = target.ca === undefined ? undefined : [target.ca]
      const inTurn = pacedCalls({ parallel, pace })
      return createEnroller({ timeoutMs, now: Date.now, parallel, ca, inTurn, waitToRetry: retryFor(leaderWaitMs) })
    },
  }
}

/** The place of something in the output folder, as a person would type it in the working directory. */
export function shownPath(file: SpecFile, { output }: Pick<Spec, 'output'>, path: string): string {
  return isAbsolute(output) ? join(output, path) : join(dirname(file.shown), output, path)
}
