import { execa } from 'execa'
import { ToolError } from '../errors.js'
import { answers } from './which.js'

/** A stock Prometheus that runs on a port of 127.0.0.1. */
export type RunningPrometheus = { readonly port: number; stop(): Promise<void> }

/** Where a Prometheus of this machine has its files, and its port on 127.0.0.1. */
export type PrometheusOptions = {
  /** Its configuration file. */
  readonly config: string
  /** Folder for its data. */
  readonly data: string
  readonly port: number
}

/** Whether there is a Prometheus on the PATH. */
export function hasPrometheus(): Promise<boolean> {
  return answers('prometheus', ['--version'])
}

/** Starts it, and resolves when it is ready. Throws ToolError with what it said last. */
export async function startPrometheus({ config, data, port }: PrometheusOptions): Promise<RunningPrometheus> {
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`]
  const run = execa('prometheus', flags, { stdin: 'ignore', stdout: 'ignore', reject: false })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    run.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
      if (text.includes('Server is ready')) resolve()
    })
    run.then(() => {
      const last = said.trim().split('\n').at(-1) ?? ''
      reject(new ToolError(`prometheus ended: ${last}`, 'prometheus'))
    })
  })
  const stop = async () => {
    run.kill('SIGTERM')
    await run
  }
  return { port, stop }
}
