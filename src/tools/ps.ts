import { execa } from 'execa'

/** When a process started, as ps words it; undefined when there is none of that number. */
export async function describeProcess(pid: number): Promise<string | undefined> {
  const { stdout, failed } = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false, stdin: 'ignore' })
  const text = stdout.trim()
  return failed || text === '' ? undefined : text
}
