import { execa } from 'execa'
import { ToolError } from '../errors.js'

/** Builds a Go program, with `version` as its variable of that name; `onLine` gets what the compiler says. Throws ToolError when Go is missing or the build fails. */
export async function buildGoProgram(options: {
  readonly folder: string
  readonly output: string
  readonly version: string
  readonly onLine: (line: string) => void
}): Promise<void> {
  const link = ['-ldflags', `-X main.version=${options.version}`]
  const run = execa('go', ['build', '-trimpath', ...link, '-o', options.output, '.'], {
    cwd: options.folder,
    env: { CGO_ENABLED: '0' },
    reject: false,
    stdin: 'ignore',
    all: true,
  })
  for await (const line of run.iterable({ from: 'all' })) options.onLine(String(line))
  const { exitCode, code, all } = await run
  if (code === 'ENOENT') {
    throw new ToolError(
      'neither a ziti program nor Go is installed, and one of them is needed to run an overlay here',
      'go',
      'install ziti and put it on the PATH (or set ZPROM_ZITI), or install Go 1.26 or later',
    )
  }
  if (exitCode !== 0) {
    throw new ToolError(
      `go build failed (exit ${exitCode}):\n${lastLines(all, 5)}`,
      'go build',
      `try it by hand in ${options.folder}`,
    )
  }
}

/** The last lines of a tool's output, for an error message. */
export function lastLines(text: string | undefined, count: number): string {
  return (text ?? '').trimEnd().split('\n').slice(-count).join('\n')
}
