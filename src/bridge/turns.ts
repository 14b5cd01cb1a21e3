import type { Budget } from './budget.js'

/** So many at once; the rest wait. */
export type Turns = {
  /** Waits for a turn, within a budget; what it gives ends the turn. Throws what ended the budget. */
  take(budget: Pick<Budget, 'within' | 'over'>): Promise<() => void>
}

type Waiting = Pick<Budget, 'over'> & { start(end: () => void): void }

/**
 * Who came last is first: it has the most time left. Where there is less room than requests, those that waited long would get
 * their turn just to be too late, all of them.
 */
export function createTurns(atOnce: number): Turns {
  const waiting: Waiting[] = []
  let running = 0
  const begin = () => {
    running += 1
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      running -= 1
      next()
    }
  }
  const next = () => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
      if (one.over() === undefined) return one.start(begin())
  }
  const take: Turns['take'] = async budget => {
    if (running < atOnce) return begin()
    let start: Waiting['start'] = () => undefined
    const turn = new Promise<() => void>(resolve => {
      start = resolve
    })
    const own = { over: budget.over, start }
    waiting.push(own)
    try {
      return await budget.within(turn)
    } finally {
      // Under lasting overload who came first never gets a turn: it must not stay listed for that.
      const at = waiting.indexOf(own)
      if (at !== -1) waiting.splice(at, 1)
    }
  }
  return { take }
}
