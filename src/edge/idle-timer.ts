/** Calls when nothing happened for a while; holds no process back. */
export type IdleTimer = {
  /** How long; 0 for never. Begins anew. */
  set(timeoutMs: number): void
  /** Something happened. */
  touch(): void
}

/** A timer that never ends until `set` says how long. */
export function createIdleTimer(onIdle: () => void): IdleTimer {
  let timer: NodeJS.Timeout | undefined
  return {
    set: timeoutMs => {
      clearTimeout(timer)
      timer = timeoutMs > 0 ? setTimeout(onIdle, timeoutMs) : undefined
      timer?.unref()
    },
    touch: () => void timer?.refresh(),
  }
}
