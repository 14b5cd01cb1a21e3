import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { assertEnded, useWorld } from '../support/cli-world.js'
import { freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { down, endOfInput, enter, hasTerminal, interrupt, sitDown } from '../support/terminal.js'

describe('zprom init cluster at a terminal', () => {
  const world = useWorld()

  before(function () {
    requires(this, hasTerminal(), 'needs script of util-linux')
  })

  it('asks for name, Prometheus and namespace, shows the plan, and goes on after yes', async () => {
    const person = await world.worker()
    const { code, screen } = await sitDown(
      person,
      ['init', 'cluster'],
      [
        [/Name of the cluster/, `asked${enter}`],
        [/How is the Prometheus of asked reached\?/, `${down}${enter}`],
        [/Kubernetes namespace/, `monitoring${enter}`],
        [/Plan: 14 to create[\s\S]*Apply this plan\?/, `y${enter}`],
      ],
    )
    assert.equal(code, 0, screen)
    assert.match(await person.read('zprom.yaml'), /name: asked\n {4}prometheus: dark\n {4}namespace: monitoring\n/)
    assert.match(screen, /Done: 14 created/)
  })

  it('shows what it asks about also where stdout is for the document', async () => {
    const person = await world.worker()
    const command = ['init', 'cluster', 'machine', '--prometheus', 'dark', '--namespace', 'default', '--json']
    const { screen } = await sitDown(person, command, [[/Plan: 14 to create[\s\S]*Apply this plan\?/, `n${enter}`]])
    assert.match(screen, /"report": null/)
  })

  it('asks nothing that has a default when it is to go through as it is', async () => {
    const person = await world.worker()
    const init = (...flags: string[]) =>
      sitDown(person, ['init', 'cluster', 'through', '--prometheus', 'dark', ...flags], [])
    for (const flags of [['--dry-run'], ['--dry-run', '--json'], ['--yes', '--ndjson'], ['--yes']]) {
      const { code, screen } = await init(...flags)
      assert.equal(code, 0, screen)
      assert.doesNotMatch(screen, /Kubernetes namespace/)
    }
    assert.doesNotMatch(await person.read('zprom.yaml'), /namespace/)
  })

  it('writes nothing after no', async () => {
    const person = await world.worker()
    const { code, screen } = await sitDown(
      person,
      ['init', 'cluster', 'declined', '--prometheus', 'dark', '--namespace', 'default'],
      [[/Apply this plan\?/, `n${enter}`]],
    )
    assert.equal(code, 0, screen)
    assert.match(screen, /Nothing was changed\./)
    assert.deepEqual(await readdir(person.folder), [])
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['declined.reflect.id']), [])
  })

  it('loses nothing of what somebody writes to the spec while the question is open', async () => {
    const person = await world.worker()
    const begun = 'stack: meanwhile\ndevelopers:\n  - name: one.client\n'
    const edited = `${begun}  - name: two.client # by hand\n`
    const commands = [
      ['init', 'cluster', 'meanwhile', '--prometheus', 'dark', '--namespace', 'default'],
      ['dev-identity', 'three.client'],
    ]
    for (const command of commands) {
      await person.write('zprom.yaml', begun)
      const edit = () => person.write('zprom.yaml', edited)
      const { code, screen } = await sitDown(person, command, [[/Apply this plan\?/, `y${enter}`, edit]])
      assert.equal(code, 8, screen)
      assert.match(
        screen,
        /zprom\.yaml was changed since this run has read it, so nothing was written or changed\n {2}run/,
      )
      assert.equal(await person.read('zprom.yaml'), edited)
    }
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['one.client', 'three.client']), [])
    assertEnded(await person.run(['plan']), 0)
  })

  it('takes no for an answer when somebody just presses Enter', async () => {
    const person = await world.worker()
    const command = ['init', 'cluster', 'entered', '--prometheus', 'dark', '--namespace', 'default']
    const { screen } = await sitDown(person, command, [[/Apply this plan\?/, enter]])
    assert.match(screen, /Nothing was changed\./)
    assert.deepEqual(await readdir(person.folder), [])
  })

  for (const [key, typed] of [
    ['Ctrl-C', interrupt],
    ['Ctrl-D', endOfInput],
  ] as const) {
    it(`writes nothing when ${key} is the answer, ends with 130, and leaves no lock`, async () => {
      const person = await world.worker()
      const command = ['init', 'cluster', 'broken', '--prometheus', 'dark', '--namespace', 'default']
      const { code, screen } = await sitDown(person, command, [[/Apply this plan\?/, typed]])
      assert.equal(code, 130, screen)
      assert.match(screen, /interrupted at a question; nothing was changed/)
      assert.deepEqual(await readdir(person.folder), [])
    })
  }

  it('says what is wrong with a name and lets it be typed again', async () => {
    const person = await world.worker()
    const { code, screen } = await sitDown(
      person,
      ['init', 'cluster', '--prometheus', 'dark', '--namespace', 'default', '--dry-run'],
      [
        [/Name of the cluster/, `kube-a${enter}`],
        [/cannot be a cluster name because of "-"/, `\u007f\u007fa${enter}`],
      ],
    )
    assert.equal(code, 0, screen)
    assert.match(screen, /identity\/kubea\.reflect\.id/)
  })

  describe('on a network without router policies', () => {
    let bare: TestOverlay

    before(async function () {
      this.timeout(150_000)
      bare = await freshOverlay({ noRouter: true })
      const admin = bare.admin()
      for (const path of ['/edge-router-policies', '/service-edge-router-policies'])
        for (const { id } of (await admin.list(path, 'isSystem = false')) as { id: string }[])
          await admin.remove(path, id)
    })
    after(() => bare?.stop())

    it('offers to create and own the two that it needs, and writes it down', async () => {
      const person = await world.newcomer()
      const env = {
        ZPROM_CONTROLLER: bare.url,
        ZPROM_USERNAME: bare.username,
        ZPROM_PASSWORD_FILE: bare.passwordFile,
        ZPROM_CA: bare.caFile,
      }
      const { code, screen } = await sitDown(
        person,
        ['init', 'cluster', 'bare', '--prometheus', 'dark', '--namespace', 'default'],
        [
          [/has no policies that join[\s\S]*Create and own\s+them\?/, `y${enter}`],
          [/16 to create[\s\S]*Apply this plan\?/, `y${enter}`],
        ],
        env,
      )
      assert.equal(code, 0, screen)
      assert.match(await person.read('zprom.yaml'), /routerPolicies: own/)
    })
  })
})
