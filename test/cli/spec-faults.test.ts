import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('a zprom.yaml that is wrong', () => {
  const world = useWorld()
  const planOf = async (text: string, ...flags: string[]) => {
    const person = await world.worker()
    await person.write('zprom.yaml', text)
    return person.run(['plan', ...flags])
  }

  it('is no YAML: ends with 3 and points at the place', async () => {
    assertEnded(await planOf('clusters: [\n'), 3, /^Error: zprom\.yaml:2:1 not valid YAML/)
    assertEnded(
      await planOf('clusters:\n\t- name: k\n'),
      3,
      /zprom\.yaml:2:1 a tab is used for indentation.* Use spaces/,
    )
    assertEnded(await planOf('stack: "open\n'), 3, /zprom\.yaml:1:8 a quote is opened here and not closed/)
    assertEnded(await planOf('PK\u0003\u0004\u0000'), 3, /is this a text file\?/)
  })

  it('has unknown keys: says which were meant', async () => {
    const ran = await planOf('clustres: []\nclusters:\n  - {name: k, promtheus: dark}\n')
    assertEnded(ran, 3, /zprom\.yaml:1:1 clustres: unknown key "clustres"\. Did you mean "clusters"\?/)
    assert.match(ran.stderr, /zprom\.yaml:3:\d+ clusters\[0\]\.promtheus: unknown key .* Did you mean "prometheus"\?/)
  })

  it('has a cluster twice: names both places', async () => {
    const text = 'clusters:\n  - {name: k, prometheus: dark}\n  - {name: k, prometheus: dark}\n'
    assertEnded(
      await planOf(text),
      3,
      /zprom\.yaml:3:\d+ clusters\[1\]\.name: .* is there already, at clusters\[0\]\.name/,
    )
    const other = 'clusters:\n  - {name: kubea, prometheus: dark}\n  - {name: kubeA, prometheus: dark}\n'
    assertEnded(await planOf(other), 3, /zprom\.yaml:3/)
  })

  it('has many faults: all are told at once, with place, path and suggestion under --json', async () => {
    const text = 'clusters:\n  - {name: a-b, prometheus: tunelled}\n  - {nam: c}\n'
    const ran = await planOf(text, '--json')
    assert.equal(ran.code, 3)
    const { code, exitCode, problems } = documentOf(ran).error
    assert.deepEqual([code, exitCode, problems.length], ['SPEC', 3, 5])
    const [first] = problems
    assert.deepEqual(
      { ...first, message: '' },
      { file: 'zprom.yaml', line: 2, column: 12, path: 'clusters[0].name', message: '', suggestion: 'Write "ab".' },
    )
  })

  it('stops every command before anything is sent or written', async () => {
    const person = await world.worker()
    const text = 'clusters:\n  - {name: k}\n'
    await person.write('zprom.yaml', text)
    for (const command of [
      ['apply', '--yes'],
      ['verify'],
      ['init', 'cluster', 'more', '--prometheus', 'dark', '--yes'],
      ['dev-identity', 'ann', '--yes'],
    ]) {
      assertEnded(await person.run(command), 3, /zprom\.yaml:2:\d+ clusters\[0\]\.prometheus: missing/)
      assert.equal(await person.read('zprom.yaml'), text)
    }
    assert.deepEqual(await world.overlay.admin().list('/services'), [])
  })

  it('is for another controller than the environment: refused, exit code 2', async () => {
    const ran = await planOf('overlay: {controller: "https://elsewhere.example:1280"}\n')
    assertEnded(ran, 2, /the spec is for https:\/\/elsewhere\.example:1280, but the profile or environment selects/)
  })

  it('is not UTF-8: exit code 3, and no byte of it is changed', async () => {
    const person = await world.worker()
    const bytes = Buffer.from('# f\xfcr uns\nclusters: []\n', 'latin1')
    await writeFile(join(person.folder, 'zprom.yaml'), bytes)
    const ran = await person.run(['init', 'cluster', 'k', '--prometheus', 'dark', '--yes'])
    assertEnded(ran, 3, /zprom\.yaml:1:4 a character here is not UTF-8\. Save the file as UTF-8/)
    assert.deepEqual(await readFile(join(person.folder, 'zprom.yaml')), bytes)
  })

  it('is a folder, or cannot be read: exit code 3', async () => {
    const person = await world.worker()
    const reason =
      /^Error: \.:1:1 can't read it: there is a folder of that name \(EISDIR\)\. Name another file with --spec/m
    assertEnded(await person.run(['plan', '--spec', '.']), 3, reason)
  })
})
