import { execa } from 'execa'

/** Whether a program can be started: runs it with these arguments and looks whether it ends well. */
export async function answers(program: string, args: readonly string[]): Promise<boolean> {
  const { failed } = await execa(program, [...args], { reject: false, stdin: 'ignore', timeout: 20_000 })
  return !failed
}
