import { Command, Errors, Flags } from '@oclif/core'
import { showLines } from '../model/shown.js'
import type { Listener } from '../report/events.js'
import { durationFlag, timeLimitFlag } from './duration.js'
import { errorToJson, exitCodeOf, formatError } from './error-output.js'
import { createProgress, type Progress, writeEvent } from './progress.js'
import { writeDocument } from './stdout.js'

/** Flags of every command that reads a spec. */
export const specFlags = {
  spec: Flags.string({ char: 's', description: 'The spec file', default: 'zprom.yaml', env: 'ZPROM_SPEC' }),
}

/** Flags of the commands that begin a spec where there is none. */
export const beginFlags = {
  stack: Flags.string({ description: 'Name of the stack, for a spec that is begun (default: the name of the folder)' }),
}

/** What the flag for the controller's time is made of, whatever its name. */
export const controllerTimeout = {
  description: 'How long the controller may take to begin an answer, such as 10s or 2m',
  default: 30_000,
  defaultHelp: async () => '30s',
  env: 'ZPROM_TIMEOUT',
}

/** The flag of every command that asks a controller; milliseconds. */
export const timeoutFlags = { timeout: timeLimitFlag(controllerTimeout) }

/** Flags of every command that talks to a controller. */
export const controllerFlags = {
  profile: Flags.string({ description: 'Login profile to use (see zprom login)', exclusive: ['ziti-login'] }),
  'ziti-login': Flags.string({ description: 'Login of "ziti edge login" to use, by its name: mostly "default"' }),
  parallel: Flags.integer({ description: 'Requests in flight at most', default: 8, min: 1, max: 64 }),
  ...timeoutFlags,
  wait: durationFlag({
    description: 'How long a controller cluster may be without a leader before the run fails, such as 2m',
    default: 30_000,
    defaultHelp: async () => '30s',
    env: 'ZPROM_WAIT',
  }),
}

/** Flags of every command that changes the network. */
export const applyFlags = {
  yes: Flags.boolean({ char: 'y', description: 'Apply without asking' }),
  'key-type': Flags.option({
    options: ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-4096'] as const,
    description: 'Kind of key for identities that zprom enrolls',
    default: 'ec-p256',
  })(),
  're-enroll': Flags.string({
    description: 'Identity whose certificate, or open token, is given up for a new one (repeatable)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: async () => undefined,
  }),
  'own-router-policies': Flags.boolean({
    description: 'Let zprom create and own the two router policies that the network needs',
  }),
}

/** Flags of the commands whose progress a program can follow. */
export const eventFlags = {
  ndjson: Flags.boolean({
    description: 'Write each event as a line of JSON to stdout, and at last what --json gives',
    exclusive: ['json'],
    helpGroup: 'GLOBAL',
  }),
}

/** Flags of the commands that can delete. */
export const pruneFlags = {
  accept: Flags.option({
    options: ['delete-identities'] as const,
    description: 'What else is agreed to: delete-identities, to delete identities that are enrolled',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: async () => undefined,
  })(),
}

/** Flags of the commands that can take over what somebody else made. */
export const adoptFlags = {
  adopt: Flags.string({
    description:
      'Take over an entity of a wanted name that zprom did not make: its address, an item such as cluster/kubeA, or all (repeatable)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: async () => undefined,
  }),
}

/** Flags of the commands that can be limited to a part of the spec. */
export const targetFlags = {
  target: Flags.string({
    description: 'Nothing but this and what it needs: an address, or an item such as cluster/kubeA (repeatable)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: async () => undefined,
  }),
}

/** Base of all commands: output streams, interruption, and errors with their exit codes. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  private readonly interruption = new AbortController()

  /** Aborted by the first SIGINT or SIGTERM; the second ends the process at once. */
  protected get signal(): AbortSignal {
    return this.interruption.signal
  }

  private progress: Progress | undefined

  private readonly warnings: string[] = []

  /** Progress: on stderr, or under --ndjson on stdout; under --json warnings alone, in the document. */
  protected get listener(): Listener {
    if (this.writesEvents()) return writeEvent
    if (this.jsonEnabled()) return event => void (event.type === 'warning' && this.warnings.push(event.text))
    this.progress ??= createProgress(line => this.logToStderr(line))
    return this.progress.listener
  }

  /** With --ndjson, too, results and failures are documents and nothing else is printed. */
  override jsonEnabled(): boolean {
    return super.jsonEnabled() || this.writesEvents()
  }

  // The one way out for text: whatever stood in an answer, a file or the output of a program, it is only read.
  override log(message?: string): void {
    this.progress?.clear()
    super.log(message === undefined ? message : showLines(message))
  }

  override logToStderr(message?: string): void {
    this.progress?.clear()
    super.logToStderr(message === undefined ? message : showLines(message))
  }

  private isTold = false

  /** The document now, of a command that goes on: at its end there is none any more. */
  protected tell(document: unknown): void {
    this.logJson(document)
    this.isTold = true
  }

  protected override logJson(document: unknown): void {
    if (this.isTold) return
    if (this.writesEvents()) writeEvent({ type: 'result', exitCode: Number(process.exitCode ?? 0), document })
    else writeDocument(this.warnings.length > 0 ? { ...Object(document), warnings: this.warnings } : document)
  }

  // Asked before the flags are parsed, as oclif does for --json: what is wrong with them is told in the same form.
  private writesEvents(): boolean {
    const end = this.argv.indexOf('--')
    const words = end === -1 ? this.argv : this.argv.slice(0, end)
    return this.ctor.flags?.ndjson !== undefined && words.includes('--ndjson') && !words.includes('--json')
  }

  /** `announce` says at the first of these signals what happens now. */
  protected listenForInterrupts(
    announce = () => this.listener({ type: 'interrupted', running: 0 }),
    signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
  ): void {
    const onSignal = () => {
      if (this.signal.aborted) process.exit(130)
      announce()
      this.interruption.abort()
    }
    for (const signal of signals) process.on(signal, onSignal)
  }

  /** Settles at the first SIGINT or SIGTERM; the second ends the process at once. */
  protected untilInterrupted(): Promise<void> {
    if (this.signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      // A listener alone keeps no process alive.
      const alive = setInterval(() => undefined, 60_000)
      const done = () => {
        clearInterval(alive)
        resolve()
      }
      this.signal.addEventListener('abort', done, { once: true })
    })
  }

  protected override async catch(error: Error): Promise<void> {
    if (error instanceof Errors.ExitError) return super.catch(error)
    process.exitCode = exitCodeOf(error)
    if (this.jsonEnabled()) return this.logJson(this.toErrorJson(error))
    this.logToStderr(formatError(error, process.env))
    if (error instanceof Errors.CLIError) this.logToStderr(`  ${await this.adviceOn(error)}`)
  }

  private async adviceOn(error: Errors.CLIError): Promise<string> {
    const [, flag] = /^Nonexistent flag: --(\S+)/.exec(error.message) ?? []
    const { nearestWord } = await import('../spec/suggest.js')
    const near = flag === undefined ? undefined : nearestWord(flag, Object.keys({ json: true, ...this.ctor.flags }))
    const help = `see: zprom ${this.ctor.id.replaceAll(':', ' ')} --help`
    return near === undefined ? help : `did you mean --${near}? ${help}`
  }

  protected override toErrorJson(error: unknown): unknown {
    return errorToJson(error)
  }
}
