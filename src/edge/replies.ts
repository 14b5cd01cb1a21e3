import { byte, headersOf, i32, keys, readU32, reflected, types } from './headers.js'
import type { Outgoing } from './link.js'
import type { Message } from './wire.js'

/**
 * What a router that asks something of the channel itself is told: whether it lives, how long a message takes, what of an id.
 * `isRouted`: somebody is behind the id, and answers for it.
 */
export function repliesTo(message: Message, isRouted: boolean): Outgoing[] {
  const replies: Outgoing[] = []
  const heartbeat = message.headers.get(keys.heartbeat)
  if (heartbeat !== undefined) replies.push(replyTo(message, types.heartbeat, [[keys.heartbeatResponse, heartbeat]]))
  if (message.type === types.latency) replies.push(replyTo(message, types.result, [[keys.resultSuccess, byte(1)]]))
  // A router of 2.x closes what it asks about and hears nothing of.
  const id = readU32(message.headers, keys.connId)
  if (message.type === types.connInspectRequest && id !== undefined && !isRouted) {
    const of = message.headers.get(keys.connId) ?? i32(0)
    replies.push(
      replyTo(message, types.connInspectResponse, [
        [keys.connId, of],
        [keys.connType, byte(0)],
      ]),
    )
  }
  return replies
}

function replyTo(to: Message, type: number, headers: readonly (readonly [number, Buffer])[]): Outgoing {
  return { type, headers: headersOf([keys.replyFor, i32(to.sequence)], ...reflected(to.headers), ...headers) }
}
