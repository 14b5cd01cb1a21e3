import { quoteWord } from '../model/shell-word.js'

/** A command on as many lines as it has groups of words; what is a `Raw` is taken as it is, such as `"$context"`. */
export function shellCommand(groups: readonly (readonly Word[])[]): string {
  return groups
    .map(words => words.map(word => (typeof word === 'string' ? quoteWord(word) : word.raw)).join(' '))
    .join(' \\\n  ')
}

/** A word of a command, or shell text that must not be quoted. */
export type Word = string | { readonly raw: string }
