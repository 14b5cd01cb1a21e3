import type { Dice } from './seeded.js'

/** A text with one thing changed: a character, a word, a value, a line, or a piece of it. */
export function damage(text: string, dice: Dice): string {
  return dice.pick(ways)(text, dice)
}

type Way = (text: string, dice: Dice) => string

const strange = [
  '"',
  "'",
  '\t',
  ':',
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '!x ',
  '|',
  '>',
  '%',
  '@',
  '`',
  '\u0000',
  '\u001b[2J',
  '€',
]
const values = [
  ...['', 'null', '~', '12', '-1', '1e999', 'true', '[]', '{}', '[a, b]', '{a: b}', '"', '*nobody', '!!binary aGk='],
  ...[
    '"a b"',
    'x'.repeat(300),
    '../..',
    'https://a b',
    'http://ctrl',
    '#all',
    '__proto__',
    'constructor',
    'é',
    '"\\u0007"',
  ],
]

const ways: readonly Way[] = [
  (text, dice) => at(text, dice, 0, dice.pick(strange)),
  (text, dice) => at(text, dice, 1 + dice.below(12), ''),
  (text, dice) => at(text, dice, dice.below(3), dice.pick(strange) + dice.pick(strange)),
  (text, dice) => text.slice(0, dice.below(text.length)),
  (text, dice) => onLine(text, dice, line => line.replace(/^(\s*(?:- )?[\w]+): ?.*$/, `$1: ${dice.pick(values)}`)),
  (text, dice) => onLine(text, dice, line => line.replace(/^(\s*- )[^:]*$/, `$1${dice.pick(values)}`)),
  (text, dice) => onLine(text, dice, line => line.replace(/\w(?=\w*:)/, dice.pick(['', 'x', 'zz', 'É']))),
  (text, dice) => onLine(text, dice, line => ' '.repeat(1 + dice.below(5)) + line),
  (text, dice) => onLine(text, dice, line => line.replace(/^\s+/, '')),
  (text, dice) => onLine(text, dice, line => `${line}\n${line}`),
  (text, dice) => onLine(text, dice, () => ''),
  (text, dice) =>
    onLine(
      text,
      dice,
      line => `${line}\n${line.replace(/\S.*/, '')}${dice.pick(['more: 1', '- 5', 'a', '---', '? x'])}`,
    ),
  (text, dice) => text.replaceAll(dice.pick(['kubeA', 'gw', 'dark', 'name']), dice.pick(values)),
]

function at(text: string, dice: Dice, remove: number, insert: string): string {
  const place = dice.below(text.length)
  return text.slice(0, place) + insert + text.slice(place + remove)
}

function onLine(text: string, dice: Dice, change: (line: string) => string): string {
  const lines = text.split('\n')
  const index = dice.below(lines.length)
  lines[index] = change(lines[index] ?? '')
  return lines.join('\n')
}
