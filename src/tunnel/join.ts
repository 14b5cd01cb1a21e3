import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A connection through the overlay, as far as it is joined to something else. */
export type Far = Duplex & { setTimeout(timeoutMs: number, listener?: () => void): unknown }

/**
 * Carries bytes both ways until both sides have ended: an end of one direction goes on as that, a failure of one side ends
 * the other. With `idleMs` both end when nothing moves for so long, for there are peers whose ends do not arrive.
 */
export function joinStreams(near: Socket, far: Far, idleMs = 0): void {
  near.pipe(far).pipe(near)
  near.on('error', () => far.destroy())
  near.on('close', () => endAfterWrites(far))
  // A connection that broke must not look like one that ended.
  far.on('close', () => void (far.errored === null ? near.destroySoon() : near.resetAndDestroy()))
  far.setTimeout(idleMs, () => {
    far.destroy()
    near.destroy()
  })
}

// What was sent before the near side left still goes out.
function endAfterWrites(far: Far): void {
  if (!far.writableEnded || far.writableFinished) far.destroy()
  else far.once('finish', () => far.destroy())
}
