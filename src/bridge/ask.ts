import { type Agent, type IncomingMessage, request } from 'node:http'
import type { Readable } from 'node:stream'
import type { BridgeAgent, Dial } from './agent.js'
import { Refusal } from './answers.js'
import type { Budget } from './budget.js'
import { requestHeaders } from './headers.js'
import { nameOf } from './locate.js'
import type { Entry } from './table.js'

/** One request to a target, and what it takes to make it. */
export type Asking = {
  readonly agent: BridgeAgent
  readonly entry: Entry
  readonly budget: Budget
  /** Milliseconds that only grow. */
  readonly clock: () => number
  /** Makes a connection, when none is kept. */
  readonly dial: Dial
  readonly method: string
  readonly path: string
  readonly rawHeaders: readonly string[]
}

/** The beginning of an answer, and whether it came over a connection that was there already. */
export type Asked = {
  readonly answer: IncomingMessage
  readonly reused: boolean
  /** What went wrong since: of what is no HTTP the request hears, and the answer only that it was broken off. */
  failure(): unknown
}

// Exporters send a dozen short lines; anything above this is no exporter.
const maxHeaderSize = 32 * 1024
// An answer over a kept connection that takes this long, and twice as long as the last, may never come.
const leastPatienceMs = 1000
// How long a target that ends its connections silently is asked over new ones.
const singleMs = 10 * 60_000

/**
 * Sends a request over a connection that is kept, or a new one, and waits for the beginning of its answer. A kept one may have
 * ended: then the request, which only reads, is sent once more over a new one. Some tunnelers do not pass on that a target
 * has ended its side, so silence counts as well: both are waited for, and the first answer is taken.
 */
export async function askKept(asking: Asking): Promise<Asked> {
  const { agent, entry, clock, budget } = asking
  const habit = agent.habitOf(entry.host)
  const began = clock()
  const first = send(asking, began < habit.singleUntil ? agent.single : agent.kept)
  const heard = (answer: IncomingMessage) => {
    habit.headMs = clock() - began
    return { answer, reused: first.isReused(), failure: first.failure }
  }
  if (!first.isReused()) return heard(await first.answer)
  const patienceMs = Math.min(Math.max(leastPatienceMs, 2 * habit.headMs), budget.left() / 2)
  const early = await within(first.answer, patienceMs)
  if (early.is === 'answer') return heard(early.answer)
  if (early.is === 'failure') {
    if (budget.over() !== undefined) throw early.error
    agent.kept.dropIdle(entry.host)
    const again = send(asking, agent.kept)
    return { answer: await again.answer, reused: false, failure: again.failure }
  }
  const second = send(asking, agent.single)
  const answers = [
    first.answer.then(answer => ({ answer, by: first })),
    second.answer.then(answer => ({ answer, by: second })),
  ]
  const { answer, by } = await Promise.any(answers).catch(() => Promise.race(answers))
  if (by === first) {
    second.drop()
    return heard(answer)
  }
  first.drop()
  agent.kept.dropIdle(entry.host)
  habit.singleUntil = clock() + singleMs
  return { answer, reused: false, failure: second.failure }
}

type Early =
  | { readonly is: 'answer'; readonly answer: IncomingMessage }
  | { readonly is: 'failure'; readonly error: unknown }
  | { readonly is: 'silence' }

// What comes of an answer within some time; never throws.
function within(answer: Promise<IncomingMessage>, ms: number): Promise<Early> {
  return new Promise<Early>(resolve => {
    const timer = setTimeout(() => resolve({ is: 'silence' }), ms)
    const settle = (early: Early) => {
      clearTimeout(timer)
      resolve(early)
    }
    answer.then(
      there => settle({ is: 'answer', answer: there }),
      (error: unknown) => settle({ is: 'failure', error }),
    )
  })
}

function send({ entry, budget, dial, method, path, rawHeaders }: Asking, agent: Agent) {
  // Node's type has objects only, but a flat list is what it takes to keep order, case and repetitions.
  const headers = requestHeaders(rawHeaders, entry.service) as unknown as Record<string, string>
  // Without a server name the agent looks for one, for TLS, with each request.
  const options = {
    agent,
    host: entry.host,
    servername: '',
    dial,
    method,
    path,
    headers,
    setHost: false,
    maxHeaderSize,
  }
  const sent = request(options)
  let failure: unknown
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    // Nobody asked for another protocol, and no answer in HTTP comes after it. It is no upgrade for Node when it names none.
    const onSwitch = (stream: Readable) => {
      stream.destroy()
      reject(new Refusal(502, 'answer', `${nameOf(entry)} answers 101, another protocol that nobody asked for`))
    }
    sent.on('upgrade', (_, socket) => onSwitch(socket))
    sent.on('response', there => {
      if (there.statusCode === 101) onSwitch(there)
      else resolve(there)
    })
    sent.on('error', error => {
      failure = error
      reject(error)
    })
  })
  sent.end()
  const answer = budget.within(answered).catch(error => {
    sent.destroy()
    throw error
  })
  // Of two that were sent one may fail when nobody waits for it any more.
  answer.catch(() => undefined)
  return { answer, failure: () => failure, isReused: () => sent.reusedSocket, drop: () => void sent.destroy() }
}
