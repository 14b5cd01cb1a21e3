import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { followLinks, nodeFiles } from '../../src/cli/files.js'
import { temporaryName } from '../../src/cli/leftovers.js'
import { FileError } from '../../src/errors.js'

describe('what a write that was killed has left behind', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zprom-files-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is gone with the next write there, but not what somebody may still write, or what is none of ours', async () => {
    const { pid: dead } = spawnSync(process.execPath, ['--version'])
    const kept = [
      temporaryName(process.pid),
      temporaryName(dead, 'elsewhere'),
      '.0123456789ab.tmp',
      '.12.x.tmp',
      'a.tmp',
    ]
    for (const name of [temporaryName(dead), temporaryName(dead), ...kept]) await writeFile(join(folder, name), 'key')
    await nodeFiles.keepSecret(join(folder, 'a.id.json'), 'new')
    assert.deepEqual((await readdir(folder)).toSorted(), ['a.id.json', ...kept].toSorted())
  })

  it('holds up no write where it cannot be removed', async () => {
    const { pid: dead } = spawnSync(process.execPath, ['--version'])
    await mkdir(join(folder, temporaryName(dead)))
    await nodeFiles.write(join(folder, 'zprom.yaml'), 'new')
    assert.equal(await readFile(join(folder, 'zprom.yaml'), 'utf8'), 'new')
  })
})

describe('a file that is a link', () => {
  let folder: string
  const at = (path: string) => join(folder, path)

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'zprom-files-')))
    await mkdir(at('real'))
    await writeFile(at('real/zprom.yaml'), 'old', { mode: 0o640 })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('stays one when it is written: the file that it leads to gets the text, and keeps its rights', async () => {
    await symlink('real/zprom.yaml', at('first'))
    await symlink('first', at('zprom.yaml'))
    await nodeFiles.write(at('zprom.yaml'), 'new')
    assert.equal(await readlink(at('zprom.yaml')), 'first')
    assert.equal(await readFile(at('real/zprom.yaml'), 'utf8'), 'new')
    assert.equal((await lstat(at('real/zprom.yaml'))).mode & 0o777, 0o640)
    assert.deepEqual(await readdir(at('real')), ['zprom.yaml'])
  })

  it('is a link to a secret as well', async () => {
    await symlink('real/zprom.yaml', at('link'))
    await nodeFiles.keepSecret(at('link'), 'secret')
    assert.equal((await lstat(at('real/zprom.yaml'))).mode & 0o777, 0o600)
    assert.ok((await lstat(at('link'))).isSymbolicLink())
  })

  it('makes the file when there is none where it leads', async () => {
    await symlink('real/new/deep.yaml', at('link'))
    await nodeFiles.write(at('link'), 'new')
    assert.equal(await readFile(at('real/new/deep.yaml'), 'utf8'), 'new')
  })

  it('has one place, whichever way it is named, whether the file exists or not', async () => {
    await symlink('real', at('also'))
    await symlink('also/absent.yaml', at('link'))
    assert.equal(await followLinks(at('also/zprom.yaml')), at('real/zprom.yaml'))
    for (const name of ['also/absent.yaml', 'link']) assert.equal(await followLinks(at(name)), at('real/absent.yaml'))
  })

  it('that leads in a circle is said to', async () => {
    await symlink('b', at('a'))
    await symlink('a', at('b'))
    const isTold = (error: unknown) => error instanceof FileError && /its links lead in a circle/.test(error.message)
    await assert.rejects(nodeFiles.write(at('a'), 'new'), isTold)
    await assert.rejects(followLinks(at('a')), isTold)
  })
})
