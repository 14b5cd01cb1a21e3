import { Config, Errors } from '@oclif/core'
import { UsageError } from '../errors.js'
import { nearestWord } from '../spec/suggest.js'

/** What oclif says of words that no command has, in the form in which they were typed; every other failure as it is. */
export async function explainUnknown(error: unknown, root: string): Promise<unknown> {
  const id = error instanceof Errors.CLIError ? /^command (\S+) not found\.?$/i.exec(error.message)?.[1] : undefined
  if (id === undefined) return error
  const { commands } = await Config.load({ root, userPlugins: false })
  const known = commands.filter(({ hidden }) => !hidden)
  return describeUnknown(id.split(':'), known.map(one => one.id.replaceAll(':', ' ')).sort())
}

/** Why words name no command, and which one may be meant. `commands` are written with spaces. */
export function describeUnknown(words: readonly string[], commands: readonly string[]): UsageError {
  const start = (length: number) => words.slice(0, length).join(' ')
  const command = commands.find(one => start(countWords(one)) === one)
  if (command !== undefined) {
    const rest = words.slice(countWords(command)).map(word => JSON.stringify(word))
    return new UsageError(`zprom ${command} takes no argument ${rest.join(' ')}`, `see: zprom ${command} --help`)
  }
  const topics = commands.filter(one => countWords(one) > 1).map(one => one.replace(/ .*/, ''))
  const known = [...commands, ...topics]
  const near = [2, 1].flatMap(length => {
    const nearest = nearestWord(
      start(length),
      known.filter(one => countWords(one) === length),
    )
    return nearest ?? []
  })
  const inTopic = commands.filter(one => one.startsWith(`${words[0]} `))
  const [meant] = near
  return new UsageError(
    `zprom ${words.join(' ')}: there is no such command`,
    meant === undefined || (inTopic.length > 0 && countWords(meant) === 1)
      ? `known: ${(inTopic.length > 0 ? inTopic : commands).join(', ')}`
      : `did you mean: zprom ${meant}`,
  )
}

function countWords(text: string): number {
  return text.split(' ').length
}
