import { Interrupted, UsageError } from '../errors.js'

/** Whether a person is there to be asked: terminals on both ends. Scripts and pipes are never asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks for a password; what is typed is not shown. */
export async function askPassword(message: string): Promise<string> {
  const { value } = await ask({ type: 'password', name: 'value', message, mask: '' })
  return value
}

/** Asks for a line of text. */
export async function askText(
  message: string,
  initial?: string,
  check?: (text: string) => string | undefined,
): Promise<string> {
  const { value } = await ask({
    type: 'input',
    name: 'value',
    message,
    ...(initial !== undefined && { default: initial }),
    validate: (text: string) => check?.(text) ?? (text === '' ? 'please type something' : true),
  })
  return value
}

/** Asks for one of a few values. */
export async function askChoice<T extends string>(
  message: string,
  choices: readonly { value: T; name: string }[],
): Promise<T> {
  const { value } = await ask({ type: 'select', name: 'value', message, choices })
  const found = choices.find(choice => choice.value === value)
  if (found === undefined) throw new UsageError('nothing was chosen')
  return found.value
}

/** Asks yes or no. Without anybody to ask it is a UsageError that names the flag to use. */
export async function askYesNo(message: string, flag: string): Promise<boolean> {
  if (!canAsk())
    throw new UsageError(`nobody is there to answer "${message}"`, `pass ${flag} to go ahead without a question`)
  const { value } = await ask({ type: 'confirm', name: 'value', message, default: false })
  return value === true || value === 'true'
}

// Prompts go to stderr, so that stdout holds results alone. inquirer is loaded only when somebody is asked.
async function ask(question: object): Promise<{ value: never }> {
  const { createPromptModule } = await import('inquirer')
  // At Ctrl-D, or when the terminal is closed, nothing is left that could answer, and nothing tells the one who waits.
  const closed = new AbortController()
  const onClosed = () => closed.abort()
  process.once('beforeExit', onClosed)
  const prompt = createPromptModule({ output: process.stderr, signal: closed.signal })
  try {
    return (await prompt([question as never])) as { value: never }
  } catch (error) {
    // Its own word for Ctrl-C at a question.
    if (closed.signal.aborted || (error instanceof Error && error.name === 'ExitPromptError'))
      throw new Interrupted('interrupted at a question; nothing was changed', null)
    throw error
  } finally {
    process.off('beforeExit', onClosed)
  }
}
