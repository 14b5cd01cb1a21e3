import type { Command } from '@oclif/core'
import { type NameKind, namesAfterFlag, namesAt } from './names.js'

/**
 * A flag as it can be typed. `values`: what may follow it, any text when that is empty; absent when nothing follows. `names`:
 * which names may, where only the person's own files tell.
 */
export type FlagWords = {
  readonly name: string
  readonly char: string | undefined
  readonly about: string
  readonly values: readonly string[] | undefined
  readonly names?: NameKind | undefined
}

/** What can be typed after some words: `/init` for `zprom init`, empty for zprom alone. */
export type Place = {
  readonly path: string
  readonly words: readonly { readonly word: string; readonly about: string }[]
  readonly flags: readonly FlagWords[]
  /** Which names may stand here. */
  readonly names?: NameKind | undefined
}

type Topic = { readonly name: string; readonly description?: string | undefined }

/** All places of the program, by what oclif's manifest says of its commands and topics. */
export function placesOf(commands: readonly Command.Loadable[], topics: readonly Topic[]): Place[] {
  const visible = commands.filter(({ hidden }) => !hidden)
  const abouts = new Map(topics.map(({ name, description }) => [pathOf(name), description ?? '']))
  for (const { id, summary } of visible) abouts.set(pathOf(id), summary ?? '')
  const flags = new Map(visible.map(command => [pathOf(command.id), flagsOf(command)]))
  const values = new Map(visible.map(command => [pathOf(command.id), valuesOf(command)]))
  return ['', ...[...abouts.keys()].sort()].map(path => ({
    path,
    words: [...abouts]
      .filter(([other]) => other.slice(0, other.lastIndexOf('/')) === path)
      .map(([other, about]) => ({ word: other.slice(path.length + 1), about }))
      .sort((one, other) => (one.word < other.word ? -1 : 1))
      .concat(values.get(path) ?? []),
    flags: [...(flags.get(path) ?? []), help],
    names: namesAt(path),
  }))
}

const help: FlagWords = { name: 'help', char: undefined, about: 'Show help', values: undefined }

/** How a flag is typed: `--spec`, and `-s` where it has a letter. */
export function spellingsOf({ name, char }: FlagWords): string[] {
  return [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]
}

function pathOf(id: string): string {
  return `/${id.replaceAll(':', '/')}`
}

// What the first argument may be, where that is one of a few words. zsh puts those on one line that are about the same.
function valuesOf({ args }: Command.Loadable): Place['words'] {
  const [first] = Object.values(args)
  return (first?.options ?? []).map(word => ({ word, about: `${first?.description ?? ''}: ${word}` }))
}

function flagsOf({ flags }: Command.Loadable): FlagWords[] {
  return Object.values(flags)
    .filter(({ hidden }) => hidden !== true)
    .flatMap((flag): FlagWords[] => {
      const about = flag.summary ?? flag.description ?? ''
      const words = { name: flag.name, char: flag.char, about }
      if (flag.type === 'option') {
        const { options } = flag
        return [{ ...words, values: options ?? [], names: options ? undefined : namesAfterFlag(flag.name) }]
      }
      const negated = { name: `no-${flag.name}`, char: undefined, about, values: undefined }
      return [{ ...words, values: undefined }, ...(flag.allowNo ? [negated] : [])]
    })
}

/** The paths of all commands and topics, as one pattern of `case`. */
export function patternsOf(places: readonly Place[]): string {
  return places
    .map(({ path }) => path)
    .filter(path => path !== '')
    .join(' | ')
}

/** A line of `case` for each flag that takes a value: what the shell does once that is typed, by the values it may have, or the names. */
export function valueCases(
  { path, flags }: Place,
  then: (values: readonly string[], names: NameKind | undefined) => string,
): string[] {
  return flags.flatMap(flag => {
    if (flag.values === undefined) return []
    const pattern = spellingsOf(flag)
      .map(spelling => `'${path} ${spelling}'`)
      .join(' | ')
    return [`    ${pattern}) ${then(flag.values, flag.names)} ;;`]
  })
}
