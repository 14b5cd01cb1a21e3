import type { Message } from './wire.js'

// What an object and its place in a list take, about: a message without a body is not free.
const pieceCost = 256
const headerCost = 128

/** What a message takes that waits, its bytes and what Node needs to keep them. */
export function costOf({ headers, body }: Message): number {
  let cost = pieceCost + body.length
  for (const value of headers.values()) cost += headerCost + value.length
  return cost
}

/** The pieces that a stream holds unread, in what they take. */
export type Unread = {
  /** One more, of so many bytes. */
  add(length: number): void
  /** What those take of which this many bytes are left, read from the first on; what they took before is forgotten. */
  cost(bytesLeft: number): number
}

/** Nothing is held. */
export function createUnread(): Unread {
  let lengths: number[] = []
  // Pieces before this are read; those that are half read count as a whole one.
  let first = 0
  let held = 0
  return {
    add: length => {
      lengths.push(length)
      held += length
    },
    cost: bytesLeft => {
      for (let length = lengths[first]; length !== undefined && held - length >= bytesLeft; length = lengths[first]) {
        held -= length
        first++
      }
      if (first > 1024 && first > lengths.length / 2) {
        lengths = lengths.slice(first)
        first = 0
      }
      return bytesLeft + (lengths.length - first) * pieceCost
    },
  }
}
