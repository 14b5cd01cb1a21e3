/**
 * What a function makes of each item, in the order of the items, with at most `parallel` at once. Ends with the first
 * rejection; nothing begins after it.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  parallel: number,
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at]
      if (item !== undefined) results[at] = await run(item)
    }
  }
  const stop = (error: unknown) => {
    next = items.length
    throw error
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, () => work().catch(stop)))
  return results
}
