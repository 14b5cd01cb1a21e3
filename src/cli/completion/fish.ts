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
${places.flatMap(linesOf).join('\n')}
`
}

function linesOf({ path, words, flags }: Place): string[] {
  const here = `complete -c zprom -n ${quoteFish(`__zprom_at ${quoteFish(path)}`)}`
  return [
    ...words.map(({ word, about }) => `${here} -f -a ${word} -d ${quoteFish(about)}`),
    ...flags.map(flag => `${here} -l ${flag.name}${optionsOf(flag)} -d ${quoteFish(flag.about)}`),
  ]
}

function optionsOf({ char, values }: FlagWords): string {
  const letter = char === undefined ? '' : ` -s ${char}`
  if (values === undefined) return letter
  return values.length === 0 ? `${letter} -r` : `${letter} -x -a ${quoteFish(values.join(' '))}`
}

function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
