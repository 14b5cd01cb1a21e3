import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import type { CheckResult } from '../../src/model/check.js'
import { formatJunit } from '../../src/report/checks-junit.js'
import { formatMarkdown } from '../../src/report/checks-markdown.js'
import { requires } from '../support/requires.js'

const checks: CheckResult[] = [
  { id: 'plan/empty', title: 'the controller has what the spec says', result: 'pass', detail: '31 entities' },
  { id: 'enrolled/a', title: 'a is enrolled', result: 'warn', detail: 'not yet', hint: 'use the token' },
  { id: 'enrolled/b', title: 'b is enrolled', result: 'fail', detail: '<gone> & "lost"', hint: 'zprom apply' },
  { id: 'services/b', title: 'b sees | its services', result: 'skip', detail: 'b is not enrolled' },
]

describe('check results as JUnit XML', () => {
  it('have a case for each check, failures and skipped ones counted', () => {
    const xml = formatJunit(checks)
    assert.match(xml, /<testsuites name="zprom verify" tests="4" failures="1" skipped="1">/)
    assert.match(xml, /<testsuite name="enrolled" tests="2" failures="1" skipped="0">/)
    assert.match(xml, /<failure message="&lt;gone&gt; &amp; &quot;lost&quot;">/)
    assert.match(xml, /<system-out>warning: not yet\nuse the token<\/system-out>/)
  })

  it('are well-formed whatever the texts hold', function () {
    requires(
      this,
      spawnSync('python3', ['--version']).status === 0,
      'python3, whose XML parser judges, is not installed',
    )
    const texts = fc.sample(fc.string({ unit: 'binary' }), 150)
    const results = texts.map<CheckResult>(text => ({
      id: text,
      title: text,
      result: 'fail',
      detail: text,
      hint: text,
    }))
    const read =
      'import sys, xml.dom.minidom as m; print(len(m.parse(sys.stdin.buffer).getElementsByTagName("testcase")))'
    const { status, stdout, stderr } = spawnSync('python3', ['-c', read], {
      input: formatJunit(results),
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    assert.equal(Number(stdout), results.length)
  })
})

describe('check results as Markdown', () => {
  it('begin with the counts, and have what did not pass in a table of its own', () => {
    const [counts, , head, , ...rows] = formatMarkdown(checks).split('\n')
    assert.equal(counts, '**Verify: 1 passed, 1 warned, 1 failed, 1 skipped.**')
    assert.equal(head, '| | check | finding | id |')
    assert.deepEqual(
      rows.slice(0, 3).map(row => row.split(' | ')[0]),
      ['| ⚠️', '| ❌', '| ⏭️'],
    )
  })

  it('hold nothing that a code host would make more of than text', () => {
    const told = 'by @octocat, see https://evil.example/x or www.evil.example, ~~not~~ #12, GH-12 but #reflectz-clients'
    const markdown = formatMarkdown([{ id: 'x', title: told, result: 'warn', detail: told, hint: told }])
    assert.doesNotMatch(markdown, /@\w|:\/\/|www\.|(?<!\\)~|#\d|GH-/)
    assert.match(markdown, /#reflectz-clients/)
  })

  it('keep each check on one line with four cells, whatever the texts hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const rows = formatMarkdown([{ id: 'x', title: text, result: 'warn', detail: text, hint: text }])
          .split('\n')
          .filter(line => line.startsWith('| ⚠️'))
        assert.equal(rows.length, 2)
        for (const row of rows) assert.equal(row.replace(/\\./g, '').split('|').length, 6, row)
      }),
    )
  })
})
