/** A word for a POSIX shell: as it is when nothing in it means anything there, otherwise in single quotes. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+:,./=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
