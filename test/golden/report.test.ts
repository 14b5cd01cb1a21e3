import assert from 'node:assert/strict'
import type { CheckResult } from '../../src/model/check.js'
import type { Outcome, Report } from '../../src/model/report.js'
import { formatChecks } from '../../src/report/checks-text.js'
import type { Event } from '../../src/report/events.js'
import { createHumanListener } from '../../src/report/human.js'
import { formatReport } from '../../src/report/report-text.js'
import { formatServices } from '../../src/report/services-text.js'
import { assertGolden } from './golden.js'

const done: Outcome = { address: 'identity/kubeA.ziti.id', action: 'create', result: 'done', durationMs: 12 }
const enrolled: Outcome = {
  address: 'enrollment/kubeA.reflect.id',
  action: 'enroll',
  result: 'done',
  durationMs: 80,
  detail: 'kubeA/kubeA.reflect.id.json',
}
const failed: Outcome = {
  address: 'config/kubeA.reflect.svc-intercept.v1',
  action: 'create',
  result: 'failed',
  durationMs: 9,
  detail: 'https://ctrl.example:1280: POST /edge/management/v1/configs was answered 429 RATE_LIMITED',
  hint: 'the controller is overloaded; try again, with fewer --parallel',
}
const skipped: Outcome = {
  address: 'service/kubeA.reflect.svc',
  action: 'create',
  result: 'skipped',
  durationMs: 0,
  detail: 'needs config/kubeA.reflect.svc-intercept.v1',
}

describe('the text of a report', () => {
  it('is one line of counts when all went well', () => {
    assertGolden('11-report-done.txt', formatReport(report([done, enrolled])))
  })

  it('names what failed and what was skipped for it, and what to do', () => {
    assertGolden('12-report-incomplete.txt', formatReport(report([done, failed, skipped])))
  })

  it('names an address once, where what failed begins with it', () => {
    const told: Outcome = {
      ...failed,
      address: 'enrollment/dev',
      action: 'enroll',
      detail: 'enrollment/dev: no open token',
    }
    const lines: string[] = []
    createHumanListener(line => lines.push(line))({ type: 'step-ended', outcome: told, done: 1, total: 1 })
    assert.deepEqual(lines, ['failed enroll enrollment/dev: no open token'])
    assert.match(formatReport(report([told])), /^ {2}failed enroll enrollment\/dev: no open token$/m)
  })

  it('tells the first ten of what was skipped, and how many more there are', () => {
    const many = Array.from({ length: 25 }, (_, index): Outcome => ({ ...skipped, address: `service/s${index}` }))
    assertGolden('17-report-many-skipped.txt', formatReport(report([done, failed, ...many])))
  })

  it('says that a run was interrupted', () => {
    const stopped: Outcome = { ...skipped, detail: 'interrupted' }
    assertGolden('13-report-interrupted.txt', formatReport({ ...report([done, stopped]), interrupted: true }))
  })
})

describe('the progress of a run', () => {
  it('is a line for each look and each end of a step', () => {
    const events: Event[] = [
      { type: 'waiting', text: 'waiting for another zprom run (process 12 on host)' },
      { type: 'observed', entities: 67, requests: 8 },
      { type: 'step-started', address: done.address, action: done.action, done: 0, total: 3 },
      { type: 'step-ended', outcome: done, done: 1, total: 3 },
      { type: 'step-ended', outcome: failed, done: 2, total: 3 },
      { type: 'interrupted', running: 1 },
      { type: 'step-ended', outcome: skipped, done: 3, total: 3 },
    ]
    const lines: string[] = []
    events.forEach(createHumanListener(line => lines.push(line)))
    assertGolden('14-progress.txt', lines.join('\n'))
  })
})

describe('the text of checks', () => {
  it('is a line each, what to do below those that did not pass, and the counts last', () => {
    const checks: CheckResult[] = [
      {
        id: 'plan/empty',
        title: 'the controller has what the spec says',
        result: 'pass',
        detail: '31 entities, none to change',
      },
      {
        id: 'enrolled/kubeA.ziti.id',
        title: 'kubeA.ziti.id is enrolled',
        result: 'warn',
        detail: 'not enrolled yet',
        hint: 'whoever is to use it enrolls with the token in kubeA/kubeA.ziti.id.jwt',
      },
      {
        id: 'services/dev.client',
        title: 'dev.client sees its 6 services',
        result: 'fail',
        detail: 'missing: kubeB.reflect.svc (as the controller tells the identity itself)',
        hint: 'mend with: zprom apply',
      },
      { id: 'routers/dev.client', title: 'dev.client shares an edge router', result: 'skip', detail: 'not asked' },
    ]
    assertGolden('15-checks.txt', formatChecks(checks, { requests: 19, durationMs: 251 }))
  })
})

describe('the text of services', () => {
  it('is the form in which the article prints them', () => {
    const services = ['kubeA', 'kubeB'].map(cluster => ({
      service: `${cluster}.reflect.svc`,
      intercepts: [`${cluster}.reflect.svc.ziti:80`],
      permissions: ['Dial' as const],
    }))
    assertGolden(
      '16-services.txt',
      formatServices([...services, { ...services[0], service: 'bare', intercepts: [], permissions: [] }]),
    )
  })
})

function report(outcomes: readonly Outcome[]): Report {
  return { outcomes, unchanged: 14, requests: 47, durationMs: 1234, interrupted: false }
}
