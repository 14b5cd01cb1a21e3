import { execa, type Options } from 'execa'

/** The program to start, where it keeps its files, and how it is logged in to. */
export type Quickstart = {
  readonly program: string
  /** `edge quickstart` of ziti, or `quickstart` of overlay/. */
  readonly kind: 'ziti' | 'overlay'
  readonly home: string
  readonly controllerPort: number
  readonly routerPort: number
  readonly username: string
  readonly password: string
  readonly noRouter?: boolean
  /** File descriptors for stdout and stderr. */
  readonly log: number
  /** Goes on when this process ends. */
  readonly detached: boolean
}

/** A program that was started. */
export type Started = {
  readonly pid: number
  /** Settles when the program ends, never rejects: its exit code, or the signal that ended it. */
  readonly ended: Promise<string>
}

/** Starts a real controller and edge router on loopback and returns at once; undefined when the program can't be started. */
export function startQuickstart(options: Quickstart): Started | undefined {
  const { program, kind, username, password, log, detached } = options
  // ziti takes the password as a flag only; overlay reads it from the environment, where other users can't see it.
  const credentials = kind === 'ziti' ? ['-u', username, '-p', password] : []
  const args = [...(kind === 'ziti' ? ['edge'] : []), 'quickstart', ...flagsOf(options), ...credentials]
  // execa hands on any file descriptor (its docs, "stdout: integer"), though its types leave that out.
  const streams = ['ignore', log, log] as unknown as Options['stdio']
  const run = execa(program, args, {
    env: {
      ...loopback,
      // ziti logs in to what it started and writes that down, by default among the person's own logins.
      ZITI_CONFIG_DIR: `${options.home}/ziti-cli`,
      ...(kind === 'overlay' && { ZITI_USER: username, ZITI_PWD: password }),
    },
    ...(streams !== undefined && { stdio: streams }),
    reject: false,
    detached,
    cleanup: !detached,
  })
  if (run.pid === undefined) return undefined
  if (detached) run.unref()
  return {
    pid: run.pid,
    ended: run.then(({ exitCode, signal, code }) => String(exitCode ?? signal ?? code ?? 'unknown')),
  }
}

// ziti listens on every interface unless these say otherwise (overlay does not know them and needs none).
const loopback = { ZITI_CTRL_BIND_ADDRESS: '127.0.0.1', ZITI_CTRL_EDGE_BIND_ADDRESS: '127.0.0.1' }

function flagsOf({ home, controllerPort, routerPort, noRouter }: Quickstart): string[] {
  return [
    ...['--home', home],
    ...['--ctrl-address', 'localhost', '--ctrl-port', String(controllerPort)],
    ...['--router-address', 'localhost', '--router-port', String(routerPort)],
    ...(noRouter === true ? ['--no-router'] : []),
  ]
}
