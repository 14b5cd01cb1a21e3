/**
 * What a promise gives, or a rejection when it takes too long; what comes after that goes to `discard`, so that nothing is
 * left open. The timer ends with the promise.
 */
export function limit<T>(
  run: Promise<T>,
  limitMs: number,
  late: () => Error,
  discard: (value: T) => void = () => undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(late())
    }, limitMs)
    run.then(
      value => {
        clearTimeout(timer)
        if (isLate) discard(value)
        else resolve(value)
      },
      error => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

/** A pause that can be cut short, and then leaves no timer behind. */
export function pause(ms: number): { readonly done: Promise<void>; end(): void } {
  let end = () => {}
  const done = new Promise<void>(resolve => {
    const timer = setTimeout(resolve, ms)
    end = () => {
      clearTimeout(timer)
      resolve()
    }
  })
  return { done, end: () => end() }
}
