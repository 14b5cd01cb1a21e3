/** When a process started, as ps words it; undefined when there is none of that number. */
export async function describeProcess(pid: number): Promise<string | undefined> {
  // Only then: every command would load it for what one in a hundred asks.
  const { execa } = await import('execa')
  const { stdout, failed } = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false, stdin: 'ignore' })
  const text = stdout.trim()
  return failed || text === '' ? undefined : text
}
