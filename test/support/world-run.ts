import { nodeFiles } from '../../src/cli/files.js'
import { retryFor } from '../../src/cli/open-controller.js'
import { type Controller, createController, type Pace, pacedCalls, type Session } from '../../src/controller/index.js'
import { createEnroller, makeKey } from '../../src/enroll/index.js'
import type { Deps, Enroller, Files, KeyAlgorithm } from '../../src/flows/ports.js'
import type { Adopt, Prune } from '../../src/model/plan.js'
import type { Listener } from '../../src/report/events.js'
import type { TestOverlay } from './overlay.js'
import { suiteSecrets } from './secrets.js'

/** Limit for one request of a run, milliseconds. */
export const timeoutMs = 20_000

// As long as in real life would only make the cases slow.
const pace: Pace = {
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms / 20)),
  random: () => 0.5,
  clock: () => performance.now(),
}

/** Ways in which one run differs from a plain one. */
export type RunOptions = {
  /** Where to talk to: the controller itself unless a proxy stands in front of it. */
  readonly through?: { readonly url: string; readonly ca: string; readonly others?: readonly string[] } | undefined
  readonly login?: { readonly username: string; readonly password: string } | undefined
  /** Runs on this session alone: there is no way to log in. */
  readonly session?: Session | undefined
  readonly readOnly?: boolean
  readonly timeoutMs?: number
  readonly leaderWaitMs?: number
  readonly onMove?: (move: { readonly from: string; readonly to: string }) => void
  readonly onLeaderless?: () => void
  readonly parallel?: number
  readonly outDir?: string
  readonly reEnroll?: readonly string[]
  readonly adopt?: Adopt
  readonly prune?: Prune
  readonly target?: ReadonlySet<string>
  readonly algorithm?: KeyAlgorithm
  /** Of verify: the services of each identity are compared. */
  readonly full?: boolean
  readonly files?: Files
  readonly listener?: Listener
  readonly signal?: AbortSignal
  /** Asked before anything is written. */
  readonly confirm?: () => Promise<boolean>
  /** Where a command would save the edited spec. */
  readonly beforeApply?: () => Promise<void>
  /** Stands between the run and the real controller. */
  readonly controller?: (real: Controller) => Controller
  /** Stands between the run and the real enroller. */
  readonly enroller?: (real: Enroller) => Enroller
}

/** A controller adapter as a run has it. */
export function openAs(overlay: TestOverlay, options: RunOptions): Controller {
  const { url, ca, others }: NonNullable<RunOptions['through']> = options.through ?? overlay
  const { username, password } = options.login ?? overlay
  return createController({
    url,
    others,
    ca,
    login: options.session === undefined ? { method: 'password', username, password: async () => password } : undefined,
    session: options.session,
    onSession: async ({ token }) => suiteSecrets.secret('a session', token),
    readOnly: options.readOnly ?? false,
    parallel: options.parallel ?? 8,
    timeoutMs: options.timeoutMs ?? timeoutMs,
    leaderWaitMs: options.leaderWaitMs ?? 2_000,
    onMove: options.onMove,
    onLeaderless: options.onLeaderless,
    now: Date.now,
    pace,
  })
}

/** What a flow runs on: real files, a real enroller, the real clock. */
export function depsOf(overlay: TestOverlay, controller: Controller, options: RunOptions): Deps {
  const parallel = options.parallel ?? 8
  const { enroller = real => real, controller: wrap = real => real, through } = options
  const ca = through === undefined ? [overlay.ca] : [through.ca, overlay.ca]
  return {
    controller: wrap(controller),
    parallel,
    files: options.files ?? nodeFiles,
    listener: options.listener ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
    now: Date.now,
    makeKey,
    makeEnroller: async () =>
      enroller(
        createEnroller({
          timeoutMs: options.timeoutMs ?? timeoutMs,
          now: Date.now,
          parallel,
          ca,
          inTurn: pacedCalls({ parallel, pace }),
          waitToRetry: retryFor(options.leaderWaitMs ?? 2_000),
        }),
      ),
  }
}
