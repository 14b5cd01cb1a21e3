import assert from 'node:assert/strict'
import fc from 'fast-check'
import { checkClusterName, checkDeveloperName } from '../../src/spec/names.js'
import { problemsOf } from '../support/spec-builder.js'

describe('checkClusterName', () => {
  it('takes letters, digits and single dots', () => {
    for (const name of ['kubeA', 'K8', '1', 'eu.west.1', 'a'.repeat(63)])
      assert.equal(checkClusterName(name), undefined)
  })

  const corrected = {
    'kube-a': 'kubea',
    'my_cluster 1': 'mycluster1',
    'a:b': 'ab',
    kübe: 'kube',
    '.a..b.': 'a.b',
    '../a': 'a',
  }
  for (const [name, better] of Object.entries(corrected)) {
    it(`refuses "${name}" and proposes "${better}"`, () => {
      assert.match(checkClusterName(name) ?? '', new RegExp(`cannot be a cluster name.* Write "${better}"\\.$`))
    })
  }

  it('says why a hyphen is not possible', () => {
    assert.match(
      checkClusterName('kube-a') ?? '',
      /because of "-": it becomes part of scrape targets, which prometheuz splits at "-"/,
    )
  })

  it("keeps the name local for the Prometheus of one's own machine, in any letter case", () => {
    for (const name of ['local', 'Local'])
      assert.match(checkClusterName(name) ?? '', /kept for the Prometheus of one's own machine/)
  })

  it('refuses what leaves nothing to propose', () => {
    for (const name of ['', '🦊', '..', '/', 'a'.repeat(64), 'a'.repeat(300), 'a\nb\u0000'.repeat(30)]) {
      assert.ok(checkClusterName(name) !== undefined, name)
    }
  })

  it('shows a control character of any kind by its number', () => {
    assert.match(checkClusterName('a\u0085b') ?? '', /^"a\\u0085b" cannot be a cluster name/)
  })

  it('shows no long text and no control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), name => {
        const text = checkClusterName(name) ?? ''
        assert.ok(!/\p{Cc}/u.test(text) && text.length < 900, text)
      }),
    )
  })

  it('judges as a spec does', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-cA-C0-1._: -]{0,12}$/), name => {
        const text = `clusters: [{name: ${JSON.stringify(name)}, prometheus: dark}]`
        assert.equal(problemsOf(text).length > 0, checkClusterName(name) !== undefined)
      }),
    )
  })
})

describe('checkDeveloperName', () => {
  it('takes what can name a file', () => {
    for (const name of ['dev.client', 'ann@corp.example', 'a+b', 'A_1-x', 'x'.repeat(128)]) {
      assert.equal(checkDeveloperName(name), undefined)
    }
  })

  it('refuses what cannot name a file', () => {
    for (const name of ['', '..', '.hidden', '-flag', 'a/b', 'a\\b', 'a b', '🦊', 'x'.repeat(129), '@all']) {
      assert.ok(checkDeveloperName(name) !== undefined, name)
    }
  })

  it('proposes a name without the strange characters', () => {
    assert.match(checkDeveloperName('ann smith/laptop') ?? '', /Write "ann-smith-laptop"\.$/)
  })
})
