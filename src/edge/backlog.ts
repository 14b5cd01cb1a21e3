/** What was received on a channel and is not read yet, by the connection that it is for. */
export type Backlog = {
  /** More for an id, or less (negative) when some of it was read. */
  add(id: number, bytes: number): void
  remove(id: number): void
  total(): number
  of(id: number): number
  /** The id with the most, of those that read nothing since the last call of `mark`; undefined when all did. */
  stuck(): number | undefined
  /** From now on counts who reads. */
  mark(): void
}

/** An empty backlog, of one channel. */
export function createBacklog(): Backlog {
  const unread = new Map<number, number>()
  const readers = new Set<number>()
  let total = 0
  const remove = (id: number) => {
    total -= unread.get(id) ?? 0
    unread.delete(id)
    readers.delete(id)
  }
  return {
    remove,
    total: () => total,
    of: id => unread.get(id) ?? 0,
    mark: () => readers.clear(),
    add: (id, bytes) => {
      const left = (unread.get(id) ?? 0) + bytes
      if (left <= 0) return remove(id)
      if (bytes < 0) readers.add(id)
      unread.set(id, left)
      total += bytes
    },
    stuck: () => {
      let most: number | undefined
      for (const [id, bytes] of unread) {
        if (!readers.has(id) && bytes > (most === undefined ? 0 : (unread.get(most) ?? 0))) most = id
      }
      return most
    },
  }
}
