import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Person } from '../../test/support/cli.js'
import { until } from '../../test/support/world-checks.js'

/** A program that runs beside the measuring. */
export type Running = ChildProcess

/** Starts a program of a person, and waits until it has said that it is ready. */
export async function start(person: Person, program: string, args: readonly string[], ready: RegExp): Promise<Running> {
  const child = spawn(program, [...args], { cwd: person.folder, env: person.env })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', text => {
      said = (said + String(text)).slice(-4000)
    })
  await until(`${args.slice(0, 3).join(' ')} is ready`, () => {
    if (child.exitCode !== null) throw new Error(said)
    return ready.test(said)
  })
  return child
}

/** Whether something listens on a port of 127.0.0.1. */
export function canConnect(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Ends a program, and waits until it has. */
export async function end(child: Running): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise(resolve => child.once('close', resolve))
  child.kill('SIGTERM')
  await ended
}

/** What a process has now: MiB in memory, seconds of CPU since it began, open files. Linux only. */
export async function usageOf({ pid }: Running): Promise<{ rssMiB: number; cpuSeconds: number; files: number }> {
  const [stat, status, files] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ])
  // After the name, which may hold anything, in brackets: the 12th and 13th are user and system time, in hundredths.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const rssKiB = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN)
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100
  return { rssMiB: rssKiB / 1024, cpuSeconds, files: files.length }
}
