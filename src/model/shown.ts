// What moves a terminal's cursor, begins a line where none was meant to begin, or turns the direction of reading.
const moving = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
const movingWithinLines = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
// One that a name holds itself is shown as such, so that two names never read as one.
const movingOrShown = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]|\\(?=u[0-9a-f]{4})/gu

/** A text as one line that does nothing but be read: each control character as its code, such as `\u001b`. */
export function showControls(text: string): string {
  return text.replace(moving, codeOf)
}

/** A name that others chose, as zprom knows it: as `showControls`, and no two names become the same. */
export function nameOf(given: string): string {
  return given.replace(movingOrShown, codeOf)
}

/**
 * Lines for a terminal or the log of a CI job: as `showControls`, but for the ends of lines and tabs. A line is no command to
 * GitHub's runner either, which obeys those that begin with `::` or hold `##[`.
 */
export function showLines(text: string): string {
  return text
    .replace(movingWithinLines, codeOf)
    .replace(/^([^\S\n]*)::/gm, '$1\\u003a:')
    .replaceAll('##[', '#\\u0023[')
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
