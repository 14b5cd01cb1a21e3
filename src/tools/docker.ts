import { execa } from 'execa'
import { ToolError } from '../errors.js'

/** What a container is doing, as far as zprom asks. */
export type Container = {
  /** It runs, and did not have to be started again since it was made. */
  readonly steady: boolean
  readonly marks: Marks | undefined
}

/** What zprom writes on a container, to know it by; absent on one that somebody else made. */
export type Marks = {
  /** Of how it was started. */
  readonly checksum: string
  /** Whose it is: the folder of the local Prometheus. */
  readonly folder: string
}

const checksumLabel = 'zprom.checksum'
const folderLabel = 'zprom.folder'

/** A Docker engine. Every failure is a ToolError with what docker said. */
export type Docker = {
  /** Whether it runs containers as the person rather than as root: user 0 is then the person. */
  rootless(): Promise<boolean>
  inspect(container: string): Promise<Container | undefined>
  /** `docker run`, marked. */
  run(runArguments: readonly string[], marks: Marks): Promise<void>
  remove(container: string): Promise<void>
  /** Stops a container and gives it another name. */
  setAside(container: string, name: string): Promise<void>
  /** Gives it its name again and starts it. */
  putBack(name: string, container: string): Promise<void>
  /** What it said last. */
  lastLog(container: string): Promise<string>
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
    run: async ([verb = 'run', ...rest], { checksum, folder }) => {
      const marks = ['--label', `${checksumLabel}=${checksum}`, '--label', `${folderLabel}=${folder}`]
      await docker([verb, ...marks, ...rest])
    },
    remove: async container => {
      await docker(['rm', '--force', container])
    },
    setAside: async (container, name) => {
      await docker(['stop', container])
      await docker(['rename', container, name])
    },
    putBack: async (name, container) => {
      await docker(['rename', name, container])
      await docker(['start', container])
    },
    lastLog: async container => {
      const { stdout, stderr } = await execa('docker', ['logs', '--tail', '3', container], quiet)
      return lastLine(`${stdout}\n${stderr}`)
    },
    logs: async (container, { follow, tail, signal }) => {
      const args = ['logs', ...(follow ? ['--follow'] : []), '--tail', String(tail), container]
      const shown = await execa('docker', args, { reject: false, stdio: 'inherit', cancelSignal: signal })
      if (shown.failed && !signal.aborted) throw failure(args, 'see above')
    },
  }
}

async function inspect(container: string): Promise<Container | undefined> {
  const format = '{{json .State}}\n{{json .RestartCount}}\n{{json .Config.Labels}}'
  const args = ['container', 'inspect', '--format', format, container]
  const seen = await execa('docker', args, quiet)
  if (seen.failed && /no such container/i.test(seen.stderr)) return undefined
  if (seen.failed) throw failure(args, seen.stderr)
  const [state, restarts, labels] = seen.stdout.split('\n').map(line => JSON.parse(line))
  const { [checksumLabel]: checksum, [folderLabel]: folder } = labels ?? {}
  const isOurs = typeof checksum === 'string' && typeof folder === 'string'
  // One that ends at once and is started again is "running" every now and then.
  const steady = state.Running === true && state.Restarting !== true && restarts === 0
  return { steady, marks: isOurs ? { checksum, folder } : undefined }
}

const quiet = { reject: false, stdin: 'ignore' } as const

async function docker(args: readonly string[]): Promise<void> {
  const ran = await execa('docker', [...args], quiet)
  if (ran.failed) throw failure(args, ran.stderr)
}

function failure(args: readonly string[], stderr: string): ToolError {
  const command = `docker ${args[0]}`
  // Below its reason docker says where help is.
  const lines = stderr.split('\n').filter(line => !/--help'?\.?$/.test(line))
  const reason = lines.find(line => /^docker: |error/i.test(line)) ?? lastLine(lines.join('\n'))
  return new ToolError(`${command} failed: ${reason.replace(/^docker: /, '').trim()}`, command)
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
