import type { Channel } from './channel.js'
import { EdgeError } from './errors.js'
import { headersOf, string, types } from './headers.js'

// The answer can wait behind what is not read; the message itself was on its way before that.
const answerMs = 60_000

/**
 * Shows a router the token that took the place of the one a channel was opened with, so that it does not close the channel
 * when that one is over. Resolves when the router took it; a router that does not, closes the channel. Throws EdgeError.
 */
export async function updateToken(channel: Channel, token: string): Promise<void> {
  const message = { type: types.updateToken, headers: headersOf(), body: string(token) }
  const answer = await channel.ask(message, answerMs)
  if (answer.type !== types.updateTokenSuccess)
    throw new EdgeError('the router did not take the token that was renewed', 'session')
}
