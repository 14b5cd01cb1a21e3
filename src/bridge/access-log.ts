import type { Reason } from './answers.js'

/** One request, as the log has it. */
export type Access = {
  readonly method: string
  /** What was asked for, as `shownTarget` has it. */
  readonly target: string
  readonly service?: string
  readonly identity?: string
  /** 0: the client did not wait. */
  readonly status: number
  readonly reason?: Reason
  readonly phrase?: string
  readonly bytes: number
  readonly seconds: number
}

/** What was asked for, without what may be secret: a query, and who it says to be. */
export function shownTarget(target: string): string {
  return target.replace(/\?.*$/s, '?…').replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, '$1…@')
}

/** One request as a line for people: nothing that a client sends can begin a line of its own. */
export function formatAccess(access: Access): string {
  const { method, target, status, phrase, bytes, seconds } = access
  const asked = `${method} ${target}`.replace(/[^\x21-\x7e …]/g, '?').slice(0, 500)
  return `${asked} ${status} ${bytes}B ${seconds.toFixed(3)}s${phrase === undefined ? '' : ` ${phrase}`}`
}
