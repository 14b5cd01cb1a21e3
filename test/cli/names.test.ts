import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { assertEnded, useWorld } from '../support/cli-world.js'

// prometheuz splits scrape targets at "-" and cuts them at ":", and intercept addresses are DNS names.
const bad = [
  { name: 'kube-a', because: /because of "-"/, better: /Write "kubea"/ },
  { name: 'kube:a', because: /because of ":"/, better: /Write "kubea"/ },
  { name: 'kube a', because: /because of " "/, better: /Write "kubea"/ },
  { name: 'k'.repeat(300), because: /is too long for a cluster name: 300 characters, where 229 are possible/ },
  { name: 'kube🙂', because: /because of "🙂"/, better: /Write "kube"/ },
  { name: '🙂', because: /because of "🙂"/ },
  { name: '', because: /empty, but a cluster name is needed here/ },
  { name: '../kube', because: /because of "\/"/ },
]

describe('a name that cannot be addressed', () => {
  const world = useWorld()

  for (const { name, because, better } of bad) {
    const shown = name.length > 20 ? `${name.slice(0, 5)}… (${name.length} characters)` : name
    it(`refuses "${shown}" as an argument with 2, and in the file with 3 and the line`, async () => {
      const person = await world.worker()
      const ran = await person.run(['init', 'cluster', name, '--prometheus', 'dark', '--yes'])
      assertEnded(ran, 2, because, ...(better === undefined ? [] : [better]))
      assert.ok(ran.stderr.length < 500, 'the message is longer than a person wants to read')
      assert.deepEqual(await readdir(person.folder), [])
      await person.write('zprom.yaml', `clusters:\n  - name: ${JSON.stringify(name)}\n    prometheus: dark\n`)
      assertEnded(await person.run(['apply', '--yes']), 3, /zprom\.yaml:2:\d+ clusters\[0\]\.name: /, because)
      assert.deepEqual(await readdir(person.folder), ['zprom.yaml'])
    })
  }

  it('refuses a developer whose name is no file name', async () => {
    const person = await world.worker()
    for (const name of ['../ann', 'ann lee', '.ann', '', 'a'.repeat(300), '🙂'])
      assertEnded(await person.run(['dev-identity', name, '--yes']), 2, /developer name/)
    assert.deepEqual(await readdir(person.folder), [])
  })

  it('takes every name that can be addressed', async () => {
    const person = await world.worker()
    const longest = `${'k'.repeat(63)}.`.repeat(3) + 'k'.repeat(229 - 3 * 64)
    for (const name of ['k', 'Kube2', 'kube.eu.west', 'k'.repeat(63), longest])
      await person.ok(['init', 'cluster', name, '--prometheus', 'dark', '--dry-run'])
  })
})
