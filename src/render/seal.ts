import { createHash } from 'node:crypto'

// The line that tells a file as zprom made it from one that a person has changed since.
const sealPattern = /^# Made by zprom; its own while the rest has the checksum ([0-9a-f]{16})\.$/m

/** The text with a comment line that holds its checksum: first, or second in a script. */
export function seal(text: string): string {
  const { shebang, rest } = split(text)
  return `${shebang}# Made by zprom; its own while the rest has the checksum ${checksum(shebang + rest)}.\n${rest}`
}

/** Whether a sealed text is as it was made. False for one that a person changed, and for one that zprom never made. */
export function isSealed(text: string): boolean {
  const [line, sum] = sealPattern.exec(text) ?? []
  if (line === undefined) return false
  return checksum(text.replace(`${line}\n`, '')) === sum
}

function split(text: string): { shebang: string; rest: string } {
  const end = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0
  return { shebang: text.slice(0, end), rest: text.slice(end) }
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
