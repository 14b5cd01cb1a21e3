import assert from 'node:assert/strict'
import type { Edited } from '../../src/spec/edit.js'

/**
 * Comments survive an addition in their order. Lines do too, but for one that holds an empty value, a changed one, or
 * brackets.
 */
export function assertKept(before: string, { text }: Edited): void {
  assert.deepEqual(commentsOf(text), commentsOf(before))
  const kept = before.split(/\r?\n/).filter(line => !/[[\]{}]|enroll|routerPolicies/.test(line))
  assertInOrder(kept, text.split(/\r?\n/), () => `${text}\nfrom\n${before}`)
}

/**
 * A removal leaves lines that were there before, in their order, but for those with brackets; what is gone has one of the
 * words, or is a comment between them.
 */
export function assertOnlyLost(before: string, { text }: Edited, words: RegExp): void {
  const old = before.split(/\r?\n/)
  // The line before one that had no end keeps its own.
  const left = text
    .trimEnd()
    .split(/\r?\n/)
    .filter(line => !/[[\]{}]/.test(line))
  assertInOrder(left, old, () => `${text}\nfrom\n${before}`)
  const lost = old.filter(line => line.trim() !== '' && !line.trim().startsWith('#') && !/[[\]{}]/.test(line))
  const stays = new Map<string, number>()
  for (const line of text.split(/\r?\n/)) stays.set(line, (stays.get(line) ?? 0) + 1)
  for (const line of lost) {
    const count = stays.get(line) ?? 0
    stays.set(line, count - 1)
    // The key of a list that is empty now has brackets behind it.
    if (count === 0) assert.ok(words.test(line) || /:\s*(#.*)?$/.test(line), `lost ${line} of\n${before}\nin\n${text}`)
  }
}

/** The comments of a text. */
export function commentsOf(text: string): string[] {
  return text.match(/#\s[^\r\n]*/g) ?? []
}

function assertInOrder(some: readonly string[], all: readonly string[], show: () => string): void {
  let from = 0
  for (const line of some) {
    const at = all.indexOf(line, from)
    assert.ok(at >= from, `lost: ${JSON.stringify(line)} in\n${show()}`)
    from = at + 1
  }
}
