const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** Milliseconds of all parts: matches whose groups are a number and its unit. Which units may stand there, the pattern says. */
export function sumDuration(parts: Iterable<readonly string[]>): number {
  let sum = 0
  for (const [, count, unit = ''] of parts) sum += Number(count) * (unitMs[unit] ?? 0)
  return sum
}
