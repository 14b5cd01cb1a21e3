import type { NameKind } from './names.js'
import type { FlagWords, Place } from './table.js'

/** Completion for fish, with what each word is for. */
export function fishCompletion(places: readonly Place[]): string {
  const paths = places.map(({ path }) => path).filter(path => path !== '')
  return `# Completion of zprom for fish: zprom completion fish | source
function __zprom_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        switch "$place/$word"
            case ${paths.map(quoteFish).join(' ')}
                set place "$place/$word"
        end
    end
    test "$place" = "$argv[1]"
end
function __zprom_names
    command zprom complete $argv 2>/dev/null
end
${places.flatMap(linesOf).join('\n')}
`
}

function linesOf({ path, words, flags, names }: Place): string[] {
  const here = `complete -c zprom -n ${quoteFish(`__zprom_at ${quoteFish(path)}`)}`
  return [
    ...(names === undefined ? [] : [`${here} -f -a ${quoteFish(offer(names))}`]),
    ...words.map(({ word, about }) => `${here} -f -a ${word} -d ${quoteFish(about)}`),
    ...flags.map(flag => `${here} -l ${flag.name}${optionsOf(flag)} -d ${quoteFish(flag.about)}`),
  ]
}

function optionsOf({ char, values, names }: FlagWords): string {
  const letter = char === undefined ? '' : ` -s ${char}`
  if (values === undefined) return letter
  if (names !== undefined) return `${letter} -x -a ${quoteFish(offer(names))}`
  return values.length === 0 ? `${letter} -r` : `${letter} -x -a ${quoteFish(values.join(' '))}`
}

// Evaluated when it is asked for.
function offer(names: NameKind): string {
  return `(__zprom_names ${names})`
}

function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
