import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises'
import module from 'node:module'
import { join } from 'node:path'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded } from '../support/cli-world.js'
import { requires } from '../support/requires.js'

describe('what Node has compiled of zprom', () => {
  let person: Person
  let cache: string
  before(async function () {
    requires(this, 'enableCompileCache' in module, 'Node keeps what it compiled from 22.8 on')
    person = await newPerson()
    cache = join(person.folder, '..', 'cache')
  })
  after(() => person?.leave())
  const folder = () => join(cache, 'zprom', 'compiled')
  const run = async (env: Record<string, string | undefined>) =>
    assertEnded(await person.run(['plan'], { env: { NODE_COMPILE_CACHE: undefined, ...env } }), 3, /no such file/)

  it("is kept in a folder of the user's own", async () => {
    await run({ XDG_CACHE_HOME: cache })
    assert.equal((await stat(folder())).mode & 0o777, 0o700)
    assert.ok((await readdir(folder(), { recursive: true })).length > 10)
    await run({ XDG_CACHE_HOME: cache })
  })

  it('is neither kept nor taken where others can write', async () => {
    await rm(folder(), { recursive: true })
    await mkdir(folder())
    await chmod(folder(), 0o770)
    await run({ XDG_CACHE_HOME: cache })
    assert.deepEqual(await readdir(folder()), [])
    await chmod(folder(), 0o700)
    for (const above of [join(cache, 'zprom'), cache]) {
      await chmod(above, 0o777)
      await run({ XDG_CACHE_HOME: cache })
      assert.deepEqual(await readdir(folder()), [])
      await chmod(above, 0o700)
    }
  })

  it('is not missed where nothing can be kept, or where a person does not want it', async () => {
    await rm(cache, { recursive: true })
    await symlink('/dev/null', cache)
    await run({ XDG_CACHE_HOME: cache })
    await rm(cache)
    await run({ XDG_CACHE_HOME: cache, NODE_DISABLE_COMPILE_CACHE: '1' })
    assert.deepEqual(await readdir(folder()), [])
    await run({ XDG_CACHE_HOME: 'relative' })
    assert.deepEqual(await readdir(person.folder), [])
  })
})
