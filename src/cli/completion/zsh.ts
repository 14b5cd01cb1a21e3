import { quoteWord } from '../../model/shell-word.js'
import type { NameKind } from './names.js'
import { type Place, patternsOf, valueCases } from './table.js'

/** Completion for zsh, with what each word is for. */
export function zshCompletion(places: readonly Place[]): string {
  return `#compdef zprom
# Completion of zprom for zsh, after compinit: source <(zprom completion zsh)
_zprom() {
  local cur="\${words[CURRENT]}" prev="\${words[CURRENT-1]}" place='' word
  local -a known
  if [[ $cur == --*=* ]]; then
    prev="\${cur%%=*}"
    compset -P '*='
    cur=''
  fi
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place/$word" in
      ${patternsOf(places)}) place="$place/$word" ;;
    esac
  done
  case "$place $prev" in
${places.flatMap(place => valueCases(place, thenOffer)).join('\n')}
  esac
  case "$place" in
${places.map(placeCase).join('\n')}
  esac
  if (( $#known )); then _describe zprom known; else _files; fi
}
# Autoloaded from fpath, or sourced.
if [[ $funcstack[1] == _zprom ]]; then _zprom "$@"; else compdef _zprom zprom; fi
`
}

function thenOffer(values: readonly string[], names: NameKind | undefined): string {
  if (names !== undefined) return `${offer(names)}; return`
  return `${values.length === 0 ? '_files' : `compadd -- ${values.join(' ')}`}; return`
}

function offer(names: NameKind): string {
  return `compadd -- \${(f)"$(command zprom complete ${names} 2>/dev/null)"}`
}

function placeCase({ path, words, flags, names }: Place): string {
  const listed = flags.map(({ name, about }) => described(`--${name}`, about))
  const others = words.map(({ word, about }) => described(word, about))
  return `    '${path}')
      if [[ $cur == -* ]]; then
        known=(${listed.join(' ')})
      else
        ${names === undefined ? `known=(${others.join(' ')})` : `${offer(names)}; return`}
      fi
      ;;`
}

// Backslashes and colons are signs of _describe itself.
function described(word: string, about: string): string {
  return quoteWord(`${word}:${about.replaceAll('\\', '\\\\')}`)
}
