import assert from 'node:assert/strict'
import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { answerFor } from '../../src/bridge/answers.js'
import { startBudget } from '../../src/bridge/budget.js'
import { relay } from '../../src/bridge/exchange.js'
import type { Entry } from '../../src/bridge/table.js'

const entry: Entry = {
  ...{ host: 'svc-id', service: 'svc', identity: 'id', isDialable: true, isTls: false },
  ...{ paths: undefined, target: undefined },
}

describe('an answer that a bridge hands on', () => {
  it('ends at once when it was broken off before anybody read it, not when its time is over', async () => {
    const answer = new IncomingMessage(new Socket())
    answer.destroy()
    await once(answer, 'close')
    const budget = startBudget(60_000, Date.now, () => 'svc')
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    const relayed = relay(answer, response, { entry, host: 'svc-id', limit: 1000, budget, count: () => undefined })
    const error = await relayed.catch((thrown: unknown) => thrown)
    budget.end()
    const { status, phrase } = answerFor(error, 'svc')
    assert.deepEqual(
      [status, phrase, response.headersSent],
      [502, 'zprom: svc broke off before it answered (ERR_STREAM_PREMATURE_CLOSE)', false],
    )
  })
})
