import { execa } from 'execa'
import { ToolError } from '../errors.js'

/** What a container is doing, as far as zprom asks. */
export type Container = {
  readonly running: boolean
  /** Of how it was started; undefined when zprom did not. */
  readonly checksum: string | undefined
}

const checksumLabel = 'zprom.checksum'

/** A Docker engine. Every failure is a ToolError with what docker said last. */
export type Docker = {
  /** Whether it runs containers as the person rather than as root: user 0 is then the person. */
  rootless(): Promise<boolean>
  inspect(container: string): Promise<Container | undefined>
  /** `docker run`, marked with a checksum to know it by. */
  run(runArguments: readonly string[], checksum: string): Promise<void>
  remove(container: string): Promise<void>
  /** The log as lines; with `follow`, until the signal aborts or the container ends. */
  logs(container: string, options: LogOptions): Promise<void>
}

type LogOptions = { readonly follow: boolean; readonly tail: number; readonly signal: AbortSignal }

/** The engine that the person's docker talks to. Throws ToolError when there is no docker, or no engine that answers it. */
export async function openDocker(byHand: string): Promise<Docker> {
  const info = await execa('docker', ['info', '--format', '{{json .SecurityOptions}}'], quiet)
  if (info.code === 'ENOENT') {
    throw new ToolError(
      'docker is not installed, or not on the PATH',
      'docker',
      `install Docker; what zprom would run there is in ${byHand}`,
    )
  }
  if (info.failed) {
    const hint = `start Docker, or give this user the right to use it; what zprom would run there is in ${byHand}`
    throw new ToolError(`no Docker engine answers: ${reason(info.stderr || info.stdout)}`, 'docker info', hint)
  }
  return createDocker(info.stdout.includes('name=rootless'))
}

function createDocker(isRootless: boolean): Docker {
  return {
    rootless: async () => isRootless,
    inspect,
    run: async ([verb = 'run', ...rest], checksum) => {
      await docker([verb, '--label', `${checksumLabel}=${checksum}`, ...rest])
    },
    remove: async container => {
      await docker(['rm', '--force', container])
    },
    logs: async (container, { follow, tail, signal }) => {
      const args = ['logs', ...(follow ? ['--follow'] : []), '--tail', String(tail), container]
      const shown = await execa('docker', args, { reject: false, stdio: 'inherit', cancelSignal: signal })
      if (shown.failed && !signal.aborted) throw failure(args, 'see above')
    },
  }
}

async function inspect(container: string): Promise<Container | undefined> {
  const format = `{{.State.Running}} {{index .Config.Labels "${checksumLabel}"}}`
  const args = ['container', 'inspect', '--format', format, container]
  const seen = await execa('docker', args, quiet)
  if (seen.failed && /no such container/i.test(seen.stderr)) return undefined
  if (seen.failed) throw failure(args, seen.stderr)
  const [running, checksum] = seen.stdout.trim().split(' ')
  return { running: running === 'true', checksum: checksum === '' ? undefined : checksum }
}

const quiet = { reject: false, stdin: 'ignore' } as const

async function docker(args: readonly string[]): Promise<void> {
  const ran = await execa('docker', [...args], quiet)
  if (ran.failed) throw failure(args, ran.stderr)
}

function failure(args: readonly string[], stderr: string): ToolError {
  const command = `docker ${args[0]}`
  return new ToolError(`${command} failed: ${lastLine(stderr)}`, command)
}

// Some versions say more after it, of their own template.
function reason(text: string): string {
  return (
    text
      .split('\n')
      .find(line => /connect|denied|daemon/i.test(line))
      ?.trim() ?? lastLine(text)
  )
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
