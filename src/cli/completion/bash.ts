import type { NameKind } from './names.js'
import { type Place, patternsOf, valueCases } from './table.js'

/** Completion for bash, 3.2 of macOS included. Files stand in where a value may be any text. */
export function bashCompletion(places: readonly Place[]): string {
  return `# Completion of zprom for bash: source <(zprom completion bash)
_zprom() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" place='' words='' word
  COMPREPLY=()
  # bash takes --flag=value apart at the sign.
  if [ "$cur" = '=' ]; then
    cur=''
  elif [ "$prev" = '=' ]; then
    prev="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$place/$word" in
      ${patternsOf(places)}) place="$place/$word" ;;
    esac
  done
  case "$place $prev" in
${places.flatMap(place => valueCases(place, thenOffer)).join('\n')}
  esac
  if [ -z "$words" ]; then
    case "$cur" in
      -*)
        case "$place" in
${places.map(flagCase).join('\n')}
        esac
        ;;
      *)
        case "$place" in
${places
  .filter(({ words, names }) => words.length > 0 || names !== undefined)
  .map(wordCase)
  .join('\n')}
        esac
        ;;
    esac
  fi
  # shellcheck disable=SC2207 # no word has a space in it
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _zprom zprom
`
}

function flagCase({ path, flags }: Place): string {
  return `          '${path}') words='${flags.map(({ name }) => `--${name}`).join(' ')}' ;;`
}

function thenOffer(values: readonly string[], names: NameKind | undefined): string {
  if (names !== undefined) return `${wordsOf(names)}; [ -n "$words" ] || return`
  return values.length === 0 ? 'return' : `words='${values.join(' ')}'`
}

// What zprom says is letters, digits and . _ @ / - alone: compgen evaluates its words.
function wordsOf(names: NameKind): string {
  return `words="$(command zprom complete ${names} 2>/dev/null)"`
}

function wordCase({ path, words, names }: Place): string {
  if (names !== undefined) return `          '${path}') ${wordsOf(names)} ;;`
  return `          '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`
}
