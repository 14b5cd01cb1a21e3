import assert from 'node:assert/strict'
import { type Held, isUnusable } from '../../src/model/held.js'
import type { ObservedEnrollment } from '../../src/model/snapshot.js'
import { planEnrollments } from '../../src/plan/enrollments.js'
import { emptySnapshot, now } from '../support/plan-builder.js'

const inAnHour = new Date(now + 60 * 60_000).toISOString()
const open: ObservedEnrollment = { identityId: 'i', ott: { id: 'o', jwt: 'the-token', expiresAt: inAnHour } }
const outOfDate: ObservedEnrollment = {
  identityId: 'i',
  ott: { id: 'o', jwt: 'the-token', expiresAt: new Date(now - 1).toISOString() },
}
const none: ObservedEnrollment = { identityId: 'i' }
const enrolled: ObservedEnrollment = { identityId: 'i', certificate: { authenticatorId: 'a', fingerprint: 'f1' } }

type Case = {
  readonly when: string
  readonly by: 'file' | 'token'
  readonly known: ObservedEnrollment | undefined
  readonly held?: Held
  readonly reEnroll?: boolean
  /** action and token of the step; `notice`; or nothing to do. */
  readonly planned: string
}

// Every state that an identity's enrolment can be in, here and at the controller.
const cases: readonly Case[] = [
  { when: 'the identity is new', by: 'file', known: undefined, planned: 'enroll open' },
  { when: 'its token is open', by: 'file', known: open, planned: 'enroll open' },
  {
    when: 'its token is open and a key waits',
    by: 'file',
    known: open,
    held: { pendingKey: { fitsCertificate: undefined } },
    planned: 'enroll open',
  },
  {
    when: 'its token is open and here, and another is asked for',
    by: 'token',
    known: open,
    held: { token: 'the-token' },
    reEnroll: true,
    planned: 'save-token replace',
  },
  {
    when: 'its token is out of date, and another is asked for',
    by: 'token',
    known: outOfDate,
    reEnroll: true,
    planned: 'save-token replace',
  },
  { when: 'its token is out of date', by: 'file', known: outOfDate, planned: 'enroll refresh' },
  { when: 'it has neither token nor certificate', by: 'file', known: none, planned: 'enroll issue' },
  {
    when: 'the file here is of its certificate',
    by: 'file',
    known: enrolled,
    held: { file: { fingerprint: 'f1' } },
    planned: 'nothing',
  },
  {
    when: 'the answer was lost and its key is here',
    by: 'file',
    known: enrolled,
    held: { pendingKey: { fitsCertificate: true } },
    planned: 'enroll re-enroll',
  },
  { when: 'it was enrolled elsewhere', by: 'file', known: enrolled, planned: 'notice' },
  {
    when: 'it was enrolled elsewhere while a key waited here',
    by: 'file',
    known: enrolled,
    held: { pendingKey: { fitsCertificate: false } },
    planned: 'notice',
  },
  {
    when: 'the file here is of another enrolment',
    by: 'file',
    known: enrolled,
    held: { file: { fingerprint: 'f2' } },
    planned: 'notice',
  },
  {
    when: 'it was enrolled elsewhere and that is given up',
    by: 'file',
    known: enrolled,
    reEnroll: true,
    planned: 'enroll re-enroll',
  },
  {
    when: 'it was made again and an old file is here',
    by: 'file',
    known: open,
    held: { file: { fingerprint: 'f0' } },
    planned: 'enroll open',
  },
  {
    when: 'it was enrolled elsewhere and a token is open too',
    by: 'file',
    known: { ...open, ...enrolled },
    planned: 'notice',
  },
  ...(['open', 'none'] as const).map(
    (state): Case => ({
      when: `it is not enrolled (${state}) and the key that waits can't be used`,
      by: 'file',
      known: { open, none }[state],
      held: { pendingKey: { problem: 'out/x.key holds no key' } },
      planned: { open: 'enroll open', none: 'enroll issue' }[state],
    }),
  ),
  {
    when: "it is not enrolled and the file here can't be used",
    by: 'file',
    known: open,
    held: { file: { problem: 'out/x.json: is not an identity file' } },
    planned: 'enroll open',
  },
  {
    when: "it is enrolled and the file here can't be used",
    by: 'file',
    known: enrolled,
    held: { file: { problem: 'out/x.json: is not an identity file' } },
    planned: 'notice',
  },
  {
    when: "it is enrolled, the file here can't be used, and that is given up",
    by: 'file',
    known: enrolled,
    held: { file: { problem: 'out/x.json: is not an identity file' } },
    reEnroll: true,
    planned: 'enroll re-enroll',
  },
  {
    when: "it is enrolled, the file here can't be used, and the key of its certificate is here",
    by: 'file',
    known: enrolled,
    held: { file: { problem: 'out/x.json: is not an identity file' }, pendingKey: { fitsCertificate: true } },
    planned: 'enroll re-enroll',
  },
  {
    when: "it is enrolled and the key that waits can't be used",
    by: 'file',
    known: enrolled,
    held: { pendingKey: { problem: 'out/x.key holds no key' } },
    planned: 'notice',
  },
  {
    when: "its file is good and a key that waits can't be used",
    by: 'file',
    known: enrolled,
    held: { file: { fingerprint: 'f1' }, pendingKey: { problem: 'out/x.key holds no key' } },
    planned: 'nothing',
  },
  {
    when: "the token here can't be read",
    by: 'token',
    known: open,
    held: { token: { problem: 'out/x.jwt: no permission' } },
    planned: 'save-token open',
  },
  {
    when: 'it is enrolled here already, so that there is no token',
    by: 'token',
    known: enrolled,
    held: { file: { fingerprint: 'f1' } },
    planned: 'notice',
  },
  { when: 'the identity is new', by: 'token', known: undefined, planned: 'save-token open' },
  { when: 'its token is not here', by: 'token', known: open, planned: 'save-token open' },
  { when: 'its token is here', by: 'token', known: open, held: { token: 'the-token' }, planned: 'nothing' },
  {
    when: 'an older token is here',
    by: 'token',
    known: open,
    held: { token: 'an-older-one' },
    planned: 'save-token open',
  },
  {
    when: 'its token is out of date',
    by: 'token',
    known: outOfDate,
    held: { token: 'the-token' },
    planned: 'save-token refresh',
  },
  { when: 'it has neither token nor certificate', by: 'token', known: none, planned: 'save-token issue' },
  { when: 'whoever it is for has enrolled', by: 'token', known: enrolled, planned: 'nothing' },
  {
    when: 'it is enrolled and that is given up',
    by: 'token',
    known: enrolled,
    reEnroll: true,
    planned: 'save-token re-enroll',
  },
]

describe('what is planned for an enrolment', () => {
  for (const { when, by, known, held = {}, reEnroll = false, planned } of cases) {
    it(`kept as a ${by} is "${planned}" when ${when}`, () => {
      const { steps, notices } = planEnrollments({
        topology: {
          stack: 's',
          entities: [],
          enrollments: [{ identity: 'x', origin: 'developer/x', by, path: 'x.json' }],
        },
        snapshot: emptySnapshot({ enrollments: known === undefined ? new Map() : new Map([['x', known]]) }),
        held: new Map([['x', held]]),
        now,
        reEnroll: new Set(reEnroll ? ['x'] : []),
        shown: path => `out/${path}`,
      })
      const shown = [...steps.map(({ action, token }) => `${action} ${token}`), ...notices.map(() => 'notice')]
      assert.deepEqual(shown, planned === 'nothing' ? [] : [planned])
      const said = JSON.stringify([steps, notices])
      for (const what of [held.file, held.pendingKey, held.token])
        if (isUnusable(what) && planned !== 'nothing' && what !== held.file)
          assert.ok(said.includes(what.problem), said)
      for (const { hint } of notices) assert.match(hint, /zprom apply --re-enroll x$/)
      assert.ok(!JSON.stringify([steps, notices]).includes('the-token'), 'a plan can be printed, so it holds no token')
    })
  }
})
