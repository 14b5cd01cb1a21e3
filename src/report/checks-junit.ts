import type { CheckResult } from '../model/check.js'
import type { Spent } from './spent.js'

/**
 * Check results as JUnit XML, which CI systems show: a case for each check, grouped by the first part of its id. A warning
 * is a passed case with its text in system-out, for JUnit knows no warnings.
 */
export function formatJunit(results: readonly CheckResult[], spent?: Spent): string {
  const groups = new Map<string, CheckResult[]>()
  for (const check of results) {
    const group = check.id.split('/')[0] ?? ''
    groups.set(group, [...(groups.get(group) ?? []), check])
  }
  const time = spent === undefined ? '' : ` time="${(spent.durationMs / 1000).toFixed(3)}"`
  const suites = [...groups].flatMap(([name, checks]) => suite(name, checks))
  const head = `<testsuites name="zprom verify" ${countsOf(results)}${time}>`
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, '</testsuites>', ''].join('\n')
}

function suite(name: string, checks: readonly CheckResult[]): string[] {
  return [`  <testsuite name="${escapeXml(name)}" ${countsOf(checks)}>`, ...checks.flatMap(testCase), '  </testsuite>']
}

function testCase({ id, title, result, detail, hint }: CheckResult): string[] {
  const open = `    <testcase name="${escapeXml(title)}" classname="${escapeXml(id)}">`
  const text = escapeXml(hint === undefined ? detail : `${detail}\n${hint}`)
  switch (result) {
    case 'pass':
      return [open, `      <system-out>${escapeXml(detail)}</system-out>`, '    </testcase>']
    case 'warn':
      return [open, `      <system-out>warning: ${text}</system-out>`, '    </testcase>']
    case 'fail':
      return [open, `      <failure message="${escapeXml(detail)}">${text}</failure>`, '    </testcase>']
    case 'skip':
      return [open, `      <skipped message="${escapeXml(detail)}"/>`, '    </testcase>']
  }
}

function countsOf(checks: readonly CheckResult[]): string {
  const of = (result: CheckResult['result']) => checks.filter(check => check.result === result).length
  return `tests="${checks.length}" failures="${of('fail')}" skipped="${of('skip')}"`
}

// Characters that XML 1.0 cannot hold at all become a sign that stands for them.
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
