import { showControls } from '../model/shown.js'

/** What is wrong with a value, and where possible what to write instead. */
export type Fault = { readonly message: string; readonly suggestion?: string }

/** What a piece of text must look like: read by the validation and, as `pattern` and `maxLength`, by the JSON Schema. */
export type TextRule = {
  readonly pattern: RegExp
  readonly maxLength: number
  readonly judge: (value: string) => Fault | undefined
}

type Wording = {
  /** What the value is, with its article: "a cluster name". */
  readonly what: string
  readonly pattern: RegExp
  readonly maxLength: number
  /** What may stand in it and why, as a clause: "only letters can stand in it, because …". */
  readonly because: string
  /** One character that may stand somewhere in it; then the message names those that may not. */
  readonly character?: RegExp
  /** A guess at what was meant; offered only when it keeps the rule. */
  readonly correct?: (value: string) => string
}

/** A rule made of a pattern, a length and the words that explain them. */
export function textRule(wording: Wording): TextRule {
  const { pattern, maxLength } = wording
  const judge = (value: string): Fault | undefined => {
    const message = explain(wording, value)
    if (message === undefined) return undefined
    const guess = wording.correct?.(value)
    const usable = guess !== undefined && guess !== value && explain(wording, guess) === undefined
    return usable ? { message, suggestion: `Write ${quoted(guess)}.` } : { message }
  }
  return { pattern, maxLength, judge }
}

/** A value as a message shows it: in quotes, control characters escaped, long text cut. */
export function quoted(value: string): string {
  const characters = [...value]
  const shown = JSON.stringify(characters.length > 40 ? `${characters.slice(0, 40).join('')}…` : value)
  // JSON escapes only some of them; the others could move a terminal's cursor all the same.
  return showControls(shown)
}

/** A message that a suggestion follows is a sentence; one that stands alone has no full stop. */
export function asSentence(fault: Fault): Fault {
  return fault.suggestion === undefined ? fault : { ...fault, message: `${fault.message}.` }
}

/** Message and suggestion as one text. */
export function faultText(fault: Fault): string {
  const { message, suggestion } = asSentence(fault)
  return suggestion === undefined ? message : `${message} ${suggestion}`
}

function explain({ what, pattern, maxLength, because, character }: Wording, value: string): string | undefined {
  if (value === '') return `empty, but ${what} is needed here`
  if (value.length > maxLength) {
    return `${quoted(value)} is too long for ${what}: ${value.length} characters, where ${maxLength} are possible`
  }
  if (pattern.test(value)) return undefined
  const strangers = character === undefined ? [] : [...new Set([...value])].filter(one => !character.test(one))
  const culprits = strangers.length === 0 ? '' : ` because of ${strangers.slice(0, 5).map(quoted).join(', ')}`
  return `${quoted(value)} cannot be ${what}${culprits}: ${because}`
}
