import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { makeKey } from '../../../src/enroll/index.js'
import { newPerson } from '../../support/cli.js'
import { assertEnded } from '../../support/cli-world.js'
import { listFiles } from '../../support/end-state.js'
import { fullSpec } from '../../support/fault-run.js'
import { canStartOverlays, freshOverlay } from '../../support/overlay.js'
import { startProxy } from '../../support/proxy.js'
import { requires } from '../../support/requires.js'
import { createSecretSearch } from '../../support/secrets.js'

describe('the search for secrets in all that the suite prints and writes', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zprom-secrets-'))
    await mkdir(join(folder, 'zprom-out'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const keep = async (path: string, text: string, mode = 0o600) => {
    await writeFile(join(folder, path), text)
    await chmod(join(folder, path), mode)
  }
  const token = `eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2EifQ.${'s'.repeat(43)}`

  it('finds a password, a session, a JWT and every kind of key in what was printed', async () => {
    const keys = await Promise.all((['ec-p256', 'ec-p384', 'rsa-2048'] as const).map(makeKey))
    await keep('zprom-out/a.jwt', token)
    await keep('profiles.json', '{"session": {"token": "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"}}')
    for (const [index, key] of keys.entries()) await keep(`zprom-out/${index}.json`, JSON.stringify({ id: { key } }))
    for (const said of ['pass-0123456789', '0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f', token, ...keys]) {
      const search = createSecretSearch()
      search.secret('the password', 'pass-0123456789')
      await search.folder(folder)
      assert.equal(search.counts().secrets, 6)
      search.output('stderr', 'all is well')
      assert.deepEqual(search.find(), [])
      search.output('stderr', `it said "${said}".`)
      assert.deepEqual([...new Set(search.find().map(({ where }) => where))], ['stderr'])
    }
  })

  it('finds the session that is a JWT, and refuses what it could not find', () => {
    const search = createSecretSearch()
    search.secret('a session', token)
    search.output('stderr', `it said "${token}".`)
    assert.deepEqual(search.find(), [{ what: 'a session', where: 'stderr' }])
    search.secret('a renewal', `v1.${'r'.repeat(20)}`)
    search.output('stdout', 'r'.repeat(20))
    assert.deepEqual(search.find().slice(1), [{ what: 'a renewal', where: 'stdout' }])
    for (const text of ['', 'short', 'with blanks in between', 'xq7!xq7!xq7!xq7!']) {
      const isTold = ({ message }: Error) =>
        /^a password is none that/.test(message) && (text === '' || !message.includes(text))
      assert.throws(() => search.secret('a password', text), isTold)
    }
    assert.equal(search.counts().secrets, 2)
  })

  it('finds what zprom keeps in a file that others may read', async () => {
    await keep('zprom-out/a.jwt', token, 0o644)
    const search = createSecretSearch()
    await search.folder(folder)
    assert.deepEqual(search.find(), [{ what: 'a JWT of zprom-out/a.jwt', where: 'zprom-out/a.jwt' }])
  })

  it('has the output of runs that say all they know and of failures at every stage', async function () {
    this.timeout(120_000)
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    const overlay = await freshOverlay({ noRouter: true })
    const person = await newPerson(overlay)
    const proxy = await startProxy(overlay)
    try {
      await person.write('zprom.yaml', stringify({ stack: 'told', ...fullSpec('told') }))
      await person.write('ca.pem', proxy.ca)
      const env = { DEBUG: '*', ZPROM_CONTROLLER: proxy.url, ZPROM_CA: 'ca.pem' }
      for (const path of ['/authenticate', '/services', '/identities']) {
        proxy.on('*', path, { status: 500 }, 3)
        assert.notEqual((await person.run(['apply', '--yes', '--json'], { env })).code, 0)
        proxy.on('*', path, 'pass', 0)
      }
      const all = { env: { DEBUG: '*' } }
      assertEnded(await person.run(['apply', '--yes'], all), 0)
      for (const command of [['plan', '--json'], ['whoami', '--json'], ['verify'], ['render', 'toldA']])
        assert.notEqual((await person.run(command, all)).code, 1)
      const own = (await listFiles(join(person.folder, 'zprom-out'))).filter(({ path }) => /\.(json|jwt)$/.test(path))
      assert.ok(own.length > 5)
      for (const { path, mode } of own) assert.equal(mode, 0o600, path)
      assert.match(await readFile(join(person.folder, 'zprom-out/toldA/toldA.reflect.id.json'), 'utf8'), /PRIVATE KEY/)
    } finally {
      await proxy.close()
      await person.leave()
      await overlay.stop()
    }
  })
})
