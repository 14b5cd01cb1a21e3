import assert from 'node:assert/strict'
import { mkdir, readlink, symlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { assertEnded, useWorld } from '../support/cli-world.js'

describe('a zprom.yaml that is a link', () => {
  const world = useWorld()
  const arrive = async () => {
    const person = await world.worker()
    await mkdir(join(person.folder, 'shared'))
    await person.write('shared/zprom.yaml', '# ours\nstack: linked\n')
    await symlink('shared/zprom.yaml', join(person.folder, 'zprom.yaml'))
    return person
  }

  it('is edited where it leads, and stays a link', async () => {
    const person = await arrive()
    await person.ok(['dev-identity', 'linked.dev', '--yes'])
    assert.equal(await readlink(join(person.folder, 'zprom.yaml')), 'shared/zprom.yaml')
    assert.match(await person.read('shared/zprom.yaml'), /^# ours\nstack: linked\n[\s\S]*linked\.dev/)
  })

  it('is one spec with the file itself: runs by either name take turns', async () => {
    const person = await arrive()
    await person.write('shared/zprom.yaml.lock', JSON.stringify({ pid: process.pid, host: hostname() }))
    const ran = await person.run(['apply', '--yes'], {
      onStderr: (soFar, kill) => !soFar.includes('interrupted') && soFar.includes('waiting') && kill('SIGINT'),
    })
    assertEnded(ran, 130, /waiting for another zprom run/)
  })
})
