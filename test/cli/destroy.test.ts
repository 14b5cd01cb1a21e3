import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { suiteSecrets } from '../support/secrets.js'

const two = (name: string) =>
  `stack: ${name}\nclusters:\n  - {name: ${name}1, prometheus: tunneled}\n  - {name: ${name}2, prometheus: dark}\n`
const one = (name: string) => `stack: ${name}\nclusters:\n  - {name: ${name}1, prometheus: tunneled}\n`

describe('zprom apply --prune', () => {
  const world = useWorld()

  it('deletes a cluster that left the spec, and nothing else; the plan says so before', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', two('pruned'))
    await person.ok(['apply', '--yes'])
    await person.write('zprom.yaml', one('pruned'))
    assert.match(await person.ok(['plan']), /to delete what is no longer in the spec: zprom apply --prune/)
    const flags = ['--prune', '--accept', 'delete-identities']
    assert.match(await person.ok(['plan', ...flags]), /14 to delete/)
    assert.match(await person.ok(['apply', '--yes', ...flags]), /14 deleted, .*16 unchanged/)
    assert.match(await person.ok(['plan', ...flags]), /0 to delete/)
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['pruned2.reflect.id']), [])
    await person.ok(['verify'])
  })

  it('says what a local Prometheus without a list of its own loses with it', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', `${two('lost')}local: {}\n`)
    await person.ok(['apply', '--yes'])
    await person.write('zprom.yaml', `${one('lost')}local: {}\n`)
    const flags = ['--prune', '--accept', 'delete-identities']
    const line = /^local no longer scrapes lost2\.prometheus, lost2\.reflect; once this is applied: zprom local up$/m
    assert.doesNotMatch(await person.ok(['plan']), /no longer scrapes/)
    assert.match(await person.ok(['plan', ...flags]), line)
    assert.match(await person.ok(['apply', '--yes', ...flags]), line)
    assert.doesNotMatch(await person.ok(['destroy', '--yes', '--accept', 'delete-identities']), /no longer scrapes/)
  })

  it('refuses as a whole while an enrolled identity is among it: 6, and nothing is deleted', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', two('kept'))
    await person.ok(['apply', '--yes'])
    await person.write('zprom.yaml', one('kept'))
    const ran = await person.run(['apply', '--yes', '--prune'])
    assertEnded(ran, 6, /identity\/kept2\.reflect\.id: it is enrolled/, /--accept delete-identities/)
    // What one decides by is there before one has decided.
    assert.match(ran.stdout, /^ {2}- service\/kept2\.reflect\.svc$/m)
    assert.match(
      ran.stdout,
      /kept1\.prometheus\.id.* loses? Dial to kept2\.prometheus\.svc, kept2\.reflect\.scrape\.svc/,
    )
    assert.equal((await world.overlay.admin().listByName('/services', ['kept2.reflect.svc'])).length, 1)
  })
})

describe('zprom destroy', () => {
  const world = useWorld()

  it('deletes all that zprom made for the spec, keeps the files, and apply makes it again', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', two('gone'))
    await person.ok(['apply', '--yes'])
    const { report } = documentOf(await person.run(['destroy', '--yes', '--accept', 'delete-identities', '--json']))
    assert.equal(report.outcomes.length, 30)
    assert.deepEqual(
      await world.overlay.admin().listByName('/services', ['gone1.reflect.svc', 'gone2.prometheus.svc']),
      [],
    )
    assert.ok((await readdir(join(person.folder, 'zprom-out/gone1'))).includes('gone1.reflect.id.json'))
    assert.match(await person.ok(['apply', '--yes']), /30 created, 0 changed, 4 enrolled/)
  })

  it('deletes an address alone, and refuses those that are not of this spec', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', one('single'))
    await person.ok(['apply', '--yes'])
    const admin = world.overlay.admin()
    await admin.create('/services', { name: 'foreign.svc', encryptionRequired: true })
    assertEnded(await person.run(['destroy', 'service/foreign.svc', '--yes']), 6, /it was not made for this spec/)
    assertEnded(await person.run(['destroy', 'service', '--yes']), 2, /service is no address/, /KIND\/NAME/)
    const address = 'service-policy/single1.reflect.svc.dial'
    const destroyed = await person.ok(['destroy', address, '--yes'])
    assert.match(destroyed, /1 deleted/)
    assert.doesNotMatch(destroyed, /no longer in the spec/)
    // As after a run that broke off: what is gone is said, and the rest is done.
    const both = ['destroy', address, 'service-policy/single1.prometheus.svc.dial', '--yes']
    assert.match(await person.ok(both), /1 deleted/)
    const again = await person.ok(both)
    assert.match(again, new RegExp(`\\? ${address}: there is no such entity`))
    assert.doesNotMatch(again, /deleted/)
    assert.match(await person.ok(['apply', '--yes']), /2 created/)
    assert.equal((await admin.listByName('/services', ['foreign.svc'])).length, 1)
  })

  it('takes an identity that logs in by a password or an external id for enrolled', async () => {
    const person = await world.worker()
    await person.write(
      'zprom.yaml',
      'stack: other\ndevelopers: [{name: other.updb}, {name: other.ext}, {name: other.open}, {name: other.not}]\n',
    )
    await person.ok(['apply', '--yes'])
    const admin = world.overlay.admin()
    const idOf = async (name: string) =>
      String(((await admin.listByName('/identities', [name]))[0] as { id: string }).id)
    const password = randomBytes(12).toString('hex')
    suiteSecrets.secret('the password of an identity', password)
    const updb = { method: 'updb', identityId: await idOf('other.updb'), username: 'other.updb', password }
    await admin.post('/authenticators', updb)
    await admin.patch('/identities', await idOf('other.ext'), { externalId: 'someone@example.org' })
    // One who was sent a link, and has not chosen a password yet.
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const link = { method: 'updb', identityId: await idOf('other.open'), username: 'other.open', expiresAt }
    await admin.post('/enrollments', link)
    const refused = await person.run(['destroy', '--yes'])
    assertEnded(
      refused,
      6,
      /because of 3 conflicts/,
      /identity\/other\.open: it is enrolled: whoever logs in by updb \(invited\) would lose access for good/,
      /identity\/other\.updb: it is enrolled: whoever logs in by updb would lose access for good/,
      /identity\/other\.ext: it is enrolled: whoever logs in by externalId/,
    )
    assert.match(await person.ok(['destroy', '--yes', '--accept', 'delete-identities']), /4 deleted/)
  })

  it('takes no config from a service that stays: it is in conflict, and the service is named', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', one('used'))
    await person.ok(['apply', '--yes'])
    const admin = world.overlay.admin()
    const idOf = async (path: string, name: string) =>
      String(((await admin.listByName(path, [name]))[0] as { id: string }).id)
    const configs = [await idOf('/configs', 'used1.prometheus.svc-host.v1')]
    const { id } = await admin.create('/services', { name: 'theirs.svc', encryptionRequired: true, configs })
    const command = ['remove', 'cluster', 'used1', '--yes', '--accept', 'delete-identities']
    assertEnded(
      await person.run(command),
      6,
      /because of 1 conflict/,
      /config\/used1\.prometheus\.svc-host\.v1: service\/theirs\.svc would be left without it; to delete it, take it out of that service first/,
    )
    assert.deepEqual(((await admin.get(`/services/${id}`)) as { configs: string[] }).configs, configs)
    await admin.remove('/services', id)
    await person.ok(command)
  })

  it('deletes an item of the spec, and says of one that has nothing there that it is so', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', two('item'))
    await person.ok(['apply', '--yes'])
    assert.match(await person.ok(['destroy', 'cluster/item3', '--yes']), /cluster\/item3: this stack has nothing of it/)
    const command = ['destroy', 'cluster/item2', '--yes', '--accept', 'delete-identities']
    assert.match(await person.ok(command), /14 deleted/)
    assert.match(await person.ok(command), /cluster\/item2: this stack has nothing of it/)
    assert.match(await person.ok(['plan']), /14 to create, .*16 unchanged/)
  })

  it('asks nobody without a terminal: 2, and nothing is deleted', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: asked\ndevelopers: [{name: asked.dev}]\n')
    await person.ok(['apply', '--yes'])
    assertEnded(await person.run(['destroy']), 2, /--yes/)
    assert.equal((await world.overlay.admin().listByName('/identities', ['asked.dev'])).length, 1)
  })
})
