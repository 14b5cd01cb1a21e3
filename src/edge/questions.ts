import { EdgeError } from './errors.js'
import { keys, readI32 } from './headers.js'
import type { Message } from './wire.js'

/** What was asked on a channel and has no answer yet, by the number of the message. */
export type Questions = {
  /**
   * Has `send` put a message of this number on its way, and waits for the answer. Throws what `send` throws, and EdgeError
   * (`timeout`) when none comes in time.
   */
  ask(sequence: number, timeoutMs: number, send: () => Promise<void>): Promise<Message>
  /** Whether a message is the answer to one of them; then whoever asked has it. */
  answer(message: Message): boolean
  /** No more answers will come. */
  end(reason: EdgeError): void
}

type Waiting = { readonly resolve: (message: Message) => void; readonly reject: (reason: EdgeError) => void }

/** Nothing was asked yet; `where` is the router, for messages. */
export function createQuestions(where: string): Questions {
  const waiting = new Map<number, Waiting>()
  return {
    ask: (sequence, timeoutMs, send) =>
      new Promise<Message>((resolve, reject) => {
        const settle = (how: () => void) => {
          clearTimeout(timer)
          waiting.delete(sequence)
          how()
        }
        const fail = (why: EdgeError) => settle(() => reject(why))
        const timer = setTimeout(
          () => fail(new EdgeError(`${where}: no answer in ${timeoutMs} ms`, 'timeout')),
          timeoutMs,
        )
        waiting.set(sequence, { resolve: message => settle(() => resolve(message)), reject: fail })
        send().catch(fail)
      }),
    answer: message => {
      const replyFor = readI32(message.headers, keys.replyFor)
      const asked = replyFor === undefined ? undefined : waiting.get(replyFor)
      asked?.resolve(message)
      return asked !== undefined
    },
    end: reason => {
      for (const { reject } of [...waiting.values()]) reject(reason)
    },
  }
}
