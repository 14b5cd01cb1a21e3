import assert from 'node:assert/strict'
import { endSessionsOf, enrolledAdmin, type Made, pemOf } from '../support/admins.js'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, manyClusters, profileStore, useWorld } from '../support/cli-world.js'

describe('a login by certificate', () => {
  const world = useWorld()
  let admin: Made & { identityFile: string }

  before(async () => {
    admin = await enrolledAdmin(world.overlay)
  })

  const newcomer = async () => {
    const person = await world.newcomer()
    await person.write('admin.json', admin.identityFile)
    await person.write('admin.crt', pemOf(admin.identityFile, 'cert'))
    await person.write('admin.key', pemOf(admin.identityFile, 'key'))
    return person
  }
  const profileOf = async (person: Person) => JSON.parse(await person.read(profileStore)).profiles.default

  it("takes an administrator's identity file, which also says where and whom to trust", async () => {
    const person = await newcomer()
    const said = await person.ok(['login', '--identity', 'admin.json'])
    assert.match(said, new RegExp(`^Logged in to https://localhost:\\d+ \\(OpenZiti \\S+\\) as ${admin.name}; profile`))
    const profile = await profileOf(person)
    assert.equal(profile.url, world.overlay.url)
    assert.equal(profile.identityFile, `${person.folder}/admin.json`)
    assert.match(profile.ca, /BEGIN CERTIFICATE/)
    assert.doesNotMatch(JSON.stringify(profile), /PRIVATE KEY/)
    await person.write('zprom.yaml', manyClusters('byfile', 1))
    await person.ok(['apply', '--yes'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })

  it('takes a certificate and its key as PEM files', async () => {
    const person = await newcomer()
    const { url, caFile } = world.overlay
    await person.ok(['login', url, '--ca', caFile, '--cert', 'admin.crt', '--key', 'admin.key'])
    const { identity, method } = documentOf(await person.run(['whoami', '--json']))
    assert.deepEqual([identity, method], [admin.name, 'cert'])
  })

  it('needs no login command where the environment names the files', async () => {
    const person = await newcomer()
    const { url, caFile } = world.overlay
    const { identity, profile } = documentOf(
      await person.run(['whoami', '--json'], { env: { ZPROM_IDENTITY_FILE: 'admin.json' } }),
    )
    assert.deepEqual([identity, profile], [admin.name, null])
    const env = { ZPROM_CERT_FILE: 'admin.crt', ZPROM_KEY_FILE: 'admin.key', ZPROM_CONTROLLER: url, ZPROM_CA: caFile }
    assert.equal(documentOf(await person.run(['whoami', '--json'], { env })).identity, admin.name)
  })

  it('is made anew when its session has ended, and not after a logout', async () => {
    const person = await newcomer()
    await person.ok(['login', '--identity', 'admin.json'])
    const { session } = await profileOf(person)
    await endSessionsOf(world.overlay, admin.id)
    await person.ok(['whoami'])
    assert.notEqual((await profileOf(person)).session.token, session.token)
    await person.ok(['logout'])
    assertEnded(await person.run(['whoami']), 4, /not logged in/)
  })

  it('says what is missing, or does not belong together', async () => {
    const person = await newcomer()
    const other = await enrolledAdmin(world.overlay)
    await person.write('other.key', pemOf(other.identityFile, 'key'))
    const login = ['login', world.overlay.url, '--ca', world.overlay.caFile]
    assertEnded(await person.run([...login, '--identity', 'none.json']), 8, /no such identity file/)
    assertEnded(await person.run([...login, '--identity', 'admin.crt']), 8, /is not an identity file/)
    assertEnded(await person.run([...login, '--cert', 'admin.crt']), 2)
    assertEnded(
      await person.run([...login, '--cert', 'admin.crt', '--key', 'other.key']),
      2,
      /other\.key is not the key of the certificate in admin\.crt/,
    )
    assertEnded(await person.run([...login, '--identity', 'admin.json', '--username', 'admin']), 2)
    const env = { ZPROM_IDENTITY_FILE: 'admin.json', ZPROM_USERNAME: 'admin' }
    assertEnded(await person.run(['whoami'], { env }), 2, /more than one login: password, identity/)
  })

  it('is refused with 4 when the identity is gone, and lacks rights when it is no administrator', async () => {
    const gone = await enrolledAdmin(world.overlay)
    await world.overlay.admin().remove('/identities', gone.id)
    const person = await newcomer()
    await person.write('gone.json', gone.identityFile)
    const ran = await person.run(['login', '--identity', 'gone.json'])
    assertEnded(ran, 4, /the certificate of "gone" was refused/, /enroll the identity again/)
    await assert.rejects(profileOf(person), { code: 'ENOENT' })
    const guest = await enrolledAdmin(world.overlay, { isAdmin: false })
    await person.write('guest.json', guest.identityFile)
    await person.ok(['login', '--identity', 'guest.json'])
    await person.write('zprom.yaml', 'stack: nothing\n')
    assertEnded(await person.run(['plan']), 4, /this login may not GET/)
  })
})
