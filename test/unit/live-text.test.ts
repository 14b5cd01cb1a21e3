import assert from 'node:assert/strict'
import type { JobState, LiveReport, Reload } from '../../src/model/live.js'
import { formatLivePreview, formatLiveReport } from '../../src/report/live-text.js'

const paths = { folder: 'out/kubeA', valuesEdited: false, release: 'prometheuz', overlayUrl: undefined }
const added: JobState[] = [
  { job: 'a', state: 'unchanged' },
  { job: 'b', state: 'added' },
]

function textOf(reload: Reload, more: Partial<LiveReport> = {}, overlayUrl?: string) {
  const report: LiveReport = {
    ...{ cluster: 'kubeA', configMap: 'server', context: 'ctx', edit: 'written', jobs: added, attempts: 1, reload },
    ...more,
  }
  return formatLiveReport(report, { ...paths, overlayUrl })
}

describe('formatLiveReport', () => {
  it('says what changed, which jobs are up, and what helm does next', () => {
    const jobs = [
      { job: 'a', health: 'up' as const, error: '' },
      { job: 'b', health: 'down' as const, error: 'connection refused' },
    ]
    assert.equal(
      textOf({ state: 'reloaded', jobs }),
      `kubeA: configmap server edited: added b
kubeA: Prometheus loaded it
  up      a
  down    b: connection refused
The next helm upgrade or rollback of prometheuz writes its own text over this configmap, hand edits included.
With out/kubeA/upgrade.sh zprom's jobs are in it again: out/kubeA/prometheus.values.yaml has them.`,
    )
  })

  it('says where the targets of a dark Prometheus are to be seen', () => {
    const text = textOf({ state: 'reloaded', jobs: [] }, {}, 'http://kubeB.prometheus.svc/targets')
    assert.match(text, /loaded it\n {2}its targets, for who may dial it: http:\/\/kubeB\.prometheus\.svc\/targets$/m)
  })

  it('warns of a reload that failed, or was not seen, and says where to look', () => {
    const look = /\n {2}look with: sh out\/kubeA\/kubectl\.sh reload-logs$/m
    const failed = textOf({ state: 'failed', detail: 'Prometheus refused it' })
    assert.match(failed, /^! kubeA: the reload failed: Prometheus refused it; Prometheus goes on with what it had$/m)
    assert.match(failed, look)
    const unseen = textOf({ state: 'not-seen', waitedMs: 90_000, reasons: ['it cannot be asked: x'] })
    assert.match(unseen, /^! kubeA: no reload was seen within 90 s; the edit stands\n {2}it cannot be asked: x$/m)
    assert.match(unseen, look)
  })

  it('says that nothing was to be done, or was not wanted', () => {
    const unwatched: Reload = { state: 'not-watched' }
    assert.match(
      textOf(unwatched, { edit: 'unchanged' }),
      /^kubeA: configmap server is up to date\nThe next helm upgrade/,
    )
    assert.equal(textOf(unwatched, { edit: 'declined' }), 'kubeA: configmap server was not changed')
  })

  it('says that what was removed stays away', () => {
    const text = textOf({ state: 'not-watched' }, { jobs: [{ job: 'b', state: 'removed' }] })
    assert.match(text, /edited: removed b\n.*\nWith out\/kubeA\/upgrade\.sh what was removed stays away/)
  })
})

describe('formatLivePreview', () => {
  it('names cluster and ConfigMap above the diff', () => {
    const place = { cluster: 'kubeA', context: 'ctx', namespace: 'ns', configMap: 'server' }
    assert.equal(
      formatLivePreview({ ...place, diff: '@@ -1 +1 @@\n+x' }),
      'kubeA, context ctx, namespace ns, configmap server:\n  @@ -1 +1 @@\n  +x',
    )
  })
})
