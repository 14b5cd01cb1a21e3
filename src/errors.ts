// Every failure that zprom foresees, each with the exit code that scripts can rely on (README, "Exit codes").
import { showControls } from './model/shown.js'

/** One thing wrong in a spec file: where it is, what it is, and what to write instead. Lines and columns count from 1. */
export type SpecProblem = {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Dotted path inside the file, such as `clusters[0].name`; empty for the whole file. */
  readonly path: string
  readonly message: string
  readonly suggestion?: string
}

/** Base of all foreseen failures. `exitCode` is read by oclif under --json, `oclif.exit` otherwise: both are needed. */
export abstract class ZpromError extends Error {
  abstract readonly code: string
  readonly exitCode: number
  readonly oclif: { readonly exit: number }
  /** What the person can do about it; printed below the message. */
  readonly hint: string | undefined

  constructor(message: string, exitCode: number, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.exitCode = exitCode
    this.oclif = { exit: exitCode }
    this.hint = hint
  }
}

/** Flags or arguments that contradict each other or are missing. Exit 2. */
export class UsageError extends ZpromError {
  readonly code = 'USAGE'
  constructor(message: string, hint?: string) {
    super(message, 2, hint)
  }
}

/** The spec is unreadable or wrong; carries every problem at once. Exit 3. */
export class SpecError extends ZpromError {
  readonly code = 'SPEC'
  readonly problems: readonly SpecProblem[]
  constructor(problems: readonly SpecProblem[]) {
    const [first] = problems
    super(
      problems.length === 1 && first !== undefined ? describeProblem(first) : problems.map(describeProblem).join('\n'),
      3,
    )
    this.problems = problems
  }
}

/** One line for a person: `zprom.yaml:4:11 clusters[0].name: … Did you mean …?` */
export function describeProblem(problem: SpecProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`
  const path = problem.path === '' ? '' : ` ${problem.path}:`
  const suggestion = problem.suggestion === undefined ? '' : ` ${problem.suggestion}`
  // Only the message quotes the file; a suggestion is ours, and may be lines to add by hand.
  return `${place}${showControls(`${path} ${problem.message}`)}${suggestion}`
}

/** The controller refused the login, the session ended for good, or the login lacks a right. Exit 4. */
export class AuthError extends ZpromError {
  readonly code = 'AUTH'
  readonly controller: string
  readonly method: string
  constructor(message: string, detail: { controller: string; method: string; hint?: string }) {
    super(message, 4, detail.hint)
    this.controller = detail.controller
    this.method = detail.method
  }
}

/** What is known of a request that went wrong. Never holds headers or bodies: those carry secrets. */
export type RequestDetail = {
  readonly method: string
  readonly path: string
  /** HTTP status; absent when no answer came. */
  readonly status?: number
  /** The API's own error code, such as COULD_NOT_VALIDATE. */
  readonly apiCode?: string
  readonly requestId?: string
  /** The field that the API blames, such as `name`. */
  readonly field?: string
  /** Node's code of a failed connection, such as ECONNREFUSED. */
  readonly networkCode?: string
  /** Whether the same request may succeed later without any change. */
  readonly retryable: boolean
}

/** The controller could not be reached, or answered something that zprom cannot go on with. Exit 5. */
export class ControllerError extends ZpromError {
  readonly code = 'CONTROLLER'
  readonly detail: RequestDetail
  constructor(message: string, detail: RequestDetail, hint?: string) {
    super(message, 5, hint)
    this.detail = detail
  }
}

/** Some steps of a plan failed or were skipped; carries the report. Exit 6. */
export class ApplyError<Report = unknown> extends ZpromError {
  readonly code = 'APPLY'
  readonly report: Report
  /** What kept everything from being applied; empty when something was. */
  readonly conflicts: readonly { readonly address: string; readonly reason: string; readonly hint: string }[]
  constructor(message: string, report: Report, hint?: string, conflicts: ApplyError['conflicts'] = []) {
    super(message, 6, hint)
    this.report = report
    this.conflicts = conflicts
  }
}

/** A check failed; carries the results. Exit 7. */
export class VerifyError<Results = unknown> extends ZpromError {
  readonly code = 'VERIFY'
  readonly results: Results
  readonly spent: { readonly requests: number; readonly durationMs: number }
  constructor(message: string, results: Results, spent: VerifyError['spent']) {
    super(message, 7)
    this.results = results
    this.spent = spent
  }
}

/** A program that zprom runs is missing or failed. Exit 8. */
export class ToolError extends ZpromError {
  readonly code = 'TOOL'
  readonly command: string
  constructor(message: string, command: string, hint?: string) {
    super(message, 8, hint)
    this.command = command
  }
}

/** A release could not be installed, or its pods did not start; carries what was done until then. Exit 8. */
export class InstallError<Report = unknown> extends ToolError {
  readonly report: Report
  constructor(message: string, command: string, report: Report, hint?: string) {
    super(message, command, hint)
    this.report = report
  }
}

/** SIGINT or SIGTERM: running steps finished, the rest were skipped. Exit 130. */
export class Interrupted<Report = unknown, Live = unknown> extends ZpromError {
  readonly code = 'INTERRUPTED'
  readonly report: Report
  /** What became of the running configurations of clusters until then, where some were to be edited. */
  readonly live: readonly Live[] | undefined
  constructor(message: string, report: Report, live?: readonly Live[]) {
    super(message, 130, 'run the same command again to go on from here')
    this.report = report
    this.live = live
  }
}

/** The configuration that a Prometheus in a cluster runs with cannot be edited as it is; says where and why. Exit 8. */
export class LiveConfigError extends ZpromError {
  readonly code = 'LIVE_CONFIG'
  readonly problems: readonly SpecProblem[]
  constructor(problems: readonly SpecProblem[], hint?: string) {
    super(problems.map(describeProblem).join('\n'), 8, hint)
    this.problems = problems
  }
}

/** The running configuration of some clusters was not edited; carries what became of each, and of what went before. Exit 8. */
export class LiveError<Live = unknown, Report = unknown> extends ZpromError {
  readonly code = 'LIVE'
  /** One for each cluster whose edit did not fail. */
  readonly live: readonly Live[]
  readonly failures: readonly LiveFailure[]
  /** What was applied before; null when nothing was. */
  readonly report: Report | null
  constructor(
    { failures, live, report }: { failures: readonly LiveFailure[]; live: readonly Live[]; report: Report | null },
    hint?: string,
  ) {
    const [first] = failures
    const told =
      failures.length === 1 && first !== undefined
        ? [first.error.message]
        : failures.map(({ cluster, error }) =>
            [`${cluster}: ${error.message}`, ...(error.hint === undefined ? [] : [error.hint])].join('\n  '),
          )
    super(told.join('\n'), 8, failures.length === 1 ? (first?.error.hint ?? hint) : hint)
    this.live = live
    this.failures = failures
    this.report = report
  }
}

/** Why the running configuration of one cluster was not edited. */
export type LiveFailure = { readonly cluster: string; readonly context: string; readonly error: ZpromError }

/** A file of the person's could not be read or written: full disk, missing rights, a folder in its place. Exit 8. */
export class FileError extends ZpromError {
  readonly code = 'FILE'
  readonly path: string
  /** Node's code of what the operating system refused, such as EACCES; undefined where what is in the file is wrong. */
  readonly osCode: string | undefined
  constructor(message: string, path: string, hint?: string, osCode?: string) {
    super(message, 8, hint)
    this.path = path
    this.osCode = osCode
  }
}
