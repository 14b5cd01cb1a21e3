/** Chance that can be had again: the same seed gives the same numbers. */
export type Dice = {
  readonly seed: number
  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number
  pick<T>(items: readonly T[]): T
}

/** Dice from the seed of ZPROM_TEST_SEED, or from a new one, which is printed. */
export function rollDice(what: string): Dice {
  const seed = Number(process.env.ZPROM_TEST_SEED ?? Date.now() % 1_000_000)
  process.stderr.write(`      ${what}: seed ${seed} (again with ZPROM_TEST_SEED=${seed})\n`)
  return diceOf(seed)
}

/** Dice from a seed. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return {
    seed,
    below,
    pick: items => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}
