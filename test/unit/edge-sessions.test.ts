import assert from 'node:assert/strict'
import { createSessions } from '../../src/edge/sessions.js'
import { apiOf } from '../support/strange-router.js'

describe('the sessions of an identity', () => {
  const serviceOf = (id: string) => ({
    ...{ id, name: 'svc', encryptionRequired: false, permissions: ['Dial' as const], intercepts: [] },
    ...{ dialIdentity: undefined, isUdp: false, host: undefined },
  })

  it('are kept for what is listed, and let go with a service that was deleted and made anew', async () => {
    let there = serviceOf('before')
    const asked: string[] = []
    const sessions = createSessions({
      ...apiOf([], there),
      services: async () => [there],
      session: async ({ id }) => {
        asked.push(id)
        return { token: `of ${id}`, routers: [] }
      },
    })
    const before = await sessions.service('svc')
    await sessions.session(before, 'Dial')
    await sessions.services()
    await sessions.session(before, 'Dial')
    assert.deepEqual(asked, ['before'])
    there = serviceOf('after')
    await sessions.services()
    await sessions.session(await sessions.service('svc'), 'Dial')
    // Asked anew, so the first was not held any more.
    await sessions.session(before, 'Dial')
    assert.deepEqual(asked, ['before', 'after', 'before'])
  })
})
