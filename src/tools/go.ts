import { execa } from 'execa'
import { ToolError } from '../errors.js'

/**
 * Builds a Go program, with `version` as its variable of that name and the libraries of `modfile`, a go.mod; `onLine` gets
 * what the compiler says. Throws ToolError when Go is missing or the build fails.
 */
export async function buildGoProgram(options: {
  readonly folder: string
  readonly output: string
  readonly version: string
  readonly modfile: string
  readonly onLine: (line: string) => void
}): Promise<void> {
  const { folder, output, version, modfile, onLine } = options
  const flags = ['-trimpath', '-ldflags', `-X main.version=${version}`, '-modfile', modfile]
  await runGo(folder, ['build', ...flags, '-o', output, '.'], onLine)
}

/** The folder with the sources of a module that `folder` requires, downloaded when it is not there. Throws ToolError. */
export async function findGoModule(folder: string, module: string): Promise<string> {
  await runGo(folder, ['mod', 'download', module])
  return runGo(folder, ['list', '-m', '-f', '{{.Dir}}', module])
}

async function runGo(folder: string, args: readonly string[], onLine?: (line: string) => void): Promise<string> {
  const env = { CGO_ENABLED: '0' }
  const run = execa('go', [...args], { cwd: folder, env, reject: false, stdin: 'ignore', all: true })
  if (onLine !== undefined) for await (const line of run.iterable({ from: 'all' })) onLine(String(line))
  const { exitCode, code, all, stdout } = await run
  if (code === 'ENOENT') {
    throw new ToolError(
      'neither a ziti program nor Go is installed, and one of them is needed to run an overlay here',
      'go',
      'install ziti and put it on the PATH (or set ZPROM_ZITI), or install Go 1.26 or later',
    )
  }
  if (exitCode !== 0) {
    const what = args[0] === 'build' ? 'go build' : `go ${args.join(' ')}`
    throw new ToolError(`${what} failed (exit ${exitCode}):\n${lastLines(all, 5)}`, what, `try it by hand in ${folder}`)
  }
  return stdout
}

/** The last lines of a tool's output, for an error message. */
export function lastLines(text: string | undefined, count: number): string {
  return (text ?? '').trimEnd().split('\n').slice(-count).join('\n')
}
