// Texts as people lay them out: comments and blank lines in many places, either kind of line end.
import fc from 'fast-check'

/** What is put around the lines of a text. */
export const dressing = fc.record({
  extras: fc.array(fc.constantFrom('', '', '', '# note', '  # note', '      # note'), { minLength: 1, maxLength: 12 }),
  tail: fc.constantFrom('', '', ' # tail'),
  newline: fc.constantFrom('\n', '\n', '\r\n'),
  final: fc.boolean(),
})

export type Dressing = typeof dressing extends fc.Arbitrary<infer T> ? T : never

/** The text with comments above and behind its lines; it says the same. */
export function dressLines(text: string, { extras, tail, newline, final }: Dressing): string {
  const lines = text.trimEnd().split('\n')
  const dressed = lines.flatMap((line, index) => {
    const before = extras[index % extras.length] ?? ''
    const numbered = before === '' ? [] : [`${before} ${index}`]
    return [
      ...numbered,
      ...(index % 5 === 4 && before === '' ? [''] : []),
      `${line}${tail === '' ? '' : `${tail} ${index}`}`,
    ]
  })
  return dressed.join(newline) + (final ? newline : '')
}
