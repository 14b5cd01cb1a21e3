import { Errors } from '@oclif/core'
import { ApplyError, Interrupted, LiveError, ZpromError } from '../errors.js'

/** The exit code of a failure; 1 for what nobody foresaw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ZpromError) return error.exitCode
  // What the parser of flags refuses is a mistake in what was typed, with --json too.
  return error instanceof Errors.CLIError ? (error.oclif.exit ?? 2) : 1
}

/** A failure for a person: what happened, and below it what to do. A bug shows its stack only when asked. */
export function formatError(error: unknown, env: NodeJS.ProcessEnv): string {
  if (error instanceof ZpromError) {
    const mark = error instanceof Interrupted ? '' : 'Error: '
    const message = messageOf(error)
    return error.hint === undefined ? `${mark}${message}` : `${mark}${message}\n  ${error.hint}`
  }
  if (error instanceof Errors.CLIError) return `Error: ${messageOf(error)}`
  const told = `Error: ${describeBug(error)}`
  const stack = error instanceof Error && isDebugging(env) ? error.stack : undefined
  return stack === undefined ? `${told}\n  ${bugHint}` : `${told}\n${stack}`
}

/** The one document that stands for a failure under --json. */
export function errorToJson(error: unknown): object {
  if (error instanceof ZpromError) {
    const { code, hint, exitCode } = error
    return {
      error: { code, message: messageOf(error), ...(hint !== undefined && { hint }), exitCode, ...membersOf(error) },
      ...('report' in error && { report: error.report }),
      ...('live' in error && error.live !== undefined && { live: error.live }),
      ...('results' in error && { checks: error.results }),
    }
  }
  const exitCode = exitCodeOf(error)
  if (error instanceof Errors.CLIError) {
    return { error: { code: 'USAGE', message: messageOf(error), hint: 'see --help', exitCode } }
  }
  return { error: { code: 'BUG', message: describeBug(error), hint: bugHint, exitCode } }
}

// The parser of flags writes of its own failures, and around those of ours, in lines that a terminal would have to fold.
function messageOf({ message }: Error): string {
  const isParser = /^Parsing --|\nSee more help with --help/.test(message)
  if (!isParser) return message
  const lines = message.split('\n').map(line => line.trim())
  const text = lines.filter(line => !line.startsWith('See more help')).join(' ')
  return text
    .replace(/^Parsing (--\S+) /, '$1: ')
    .replace('The following error occurred: ', '')
    .trim()
}

const bugHint = 'run it again with DEBUG=* to see where, and report it with what that prints'

function membersOf(error: ZpromError): object {
  return {
    ...('problems' in error && { problems: error.problems }),
    ...('detail' in error && { detail: error.detail }),
    ...('path' in error && { path: error.path }),
    ...(error instanceof ApplyError && error.conflicts.length > 0 && { conflicts: error.conflicts }),
    ...('controller' in error && { controller: error.controller }),
    ...('command' in error && { command: error.command }),
    ...(error instanceof LiveError && {
      failures: error.failures.map(({ cluster, context, error: cause }) => ({
        ...{ cluster, context, code: cause.code, message: cause.message },
        ...(cause.hint !== undefined && { hint: cause.hint }),
        ...membersOf(cause),
      })),
    }),
  }
}

function describeBug(error: unknown): string {
  return `unexpected, so a bug in zprom: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
}

function isDebugging({ DEBUG }: NodeJS.ProcessEnv): boolean {
  return DEBUG !== undefined && DEBUG !== ''
}
