import assert from 'node:assert/strict'
import { EdgeError } from '../../src/edge/index.js'
import { UsageError } from '../../src/errors.js'
import { findDestination } from '../../src/tunnel/index.js'

const service = (name: string, intercepts: readonly string[] = [], dialIdentity?: string) => ({
  name,
  intercepts,
  dialIdentity,
  isUdp: false,
  permissions: ['Dial' as const],
})
const services = [
  service('kubeA.reflect.svc', ['kubeA.reflect.svc.ziti:80']),
  service('kubeA.reflect.scrape.svc', ['kubeA.reflect.scrape.svc.ziti:80'], 'kubeA.reflect.id'),
  service('ranges', ['many.ziti:8000-8010', '*.wild.ziti:80', '[fd00::1]:80']),
  service('a', [], 'b-c'),
  service('a-b', [], 'x'),
  service('plain'),
]

describe('what a person means by a place on the overlay', () => {
  it('is a service by its name, with the terminator that its config asks for', () => {
    assert.deepEqual(findDestination('plain', services), { service: 'plain' })
    assert.deepEqual(findDestination('kubeA.reflect.scrape.svc', services), {
      service: 'kubeA.reflect.scrape.svc',
      identity: 'kubeA.reflect.id',
      dialled: { host: 'kubea.reflect.scrape.svc.ziti', port: 80 },
    })
  })

  it('is an intercept address in any case, with its port or without', () => {
    for (const text of ['kubeA.reflect.svc.ziti', 'KUBEA.REFLECT.SVC.ZITI:80'])
      assert.deepEqual(findDestination(text, services), {
        service: 'kubeA.reflect.svc',
        dialled: { host: 'kubea.reflect.svc.ziti', port: 80 },
      })
    assert.throws(() => findDestination('kubeA.reflect.svc.ziti:81', services), EdgeError)
  })

  it('is what a range of ports or a wildcard covers, and the host learns which', () => {
    const dialled = (text: string) => findDestination(text, services).dialled
    assert.deepEqual(dialled('many.ziti:8005'), { host: 'many.ziti', port: 8005 })
    assert.deepEqual(dialled('x.wild.ziti'), { host: 'x.wild.ziti', port: 80 })
    assert.equal(dialled('many.ziti'), undefined)
    assert.throws(() => dialled('many.ziti:8011'), EdgeError)
    assert.throws(() => dialled('wild.ziti:80'), EdgeError)
  })

  it('is a scrape target, looked up and not split: names may hold dashes', () => {
    const of = (text: string) => findDestination(text, services)
    assert.equal(of('kubeA.reflect.scrape.svc-kubeA.reflect.id:80').identity, 'kubeA.reflect.id')
    assert.deepEqual(of('plain-'), { service: 'plain' })
    assert.deepEqual(of('plain-some.id'), { service: 'plain', identity: 'some.id' })
    assert.deepEqual(of('a-b-c'), { service: 'a', identity: 'b-c' })
    assert.deepEqual(of('a-b-x'), { service: 'a-b', identity: 'x' })
    assert.throws(() => of('a-b-d'), /a-b-d can be more than one service: a, a-b/)
  })

  it('is what the spec calls a target, with the terminator that it has', () => {
    const targets = [{ name: 'kubeA.reflect', service: 'kubeA.reflect.scrape.svc', identity: 'kubeA.reflect.id' }]
    const { service: found, identity } = findDestination('kubeA.reflect', services, { targets })
    assert.deepEqual([found, identity], ['kubeA.reflect.scrape.svc', 'kubeA.reflect.id'])
    assert.throws(() => findDestination('kubeA.reflect', [], { targets }), EdgeError)
  })

  it('asks for the terminator that was given instead, or for none', () => {
    assert.equal(findDestination('a', services, { identity: 'z' }).identity, 'z')
    assert.equal(findDestination('a', services, { identity: '' }).identity, undefined)
    assert.throws(() => findDestination('a-b-c', services, { identity: 'z' }), UsageError)
  })

  it('is refused when the config makes the identity of the call, unless one is given', () => {
    const made = [service('made', ['m:80'], '$dst_hostname')]
    assert.throws(() => findDestination('made', made), /makes the identity to ask for of the call \(\$dst_hostname\)/)
    assert.equal(findDestination('made', made, { identity: 'z' }).identity, 'z')
  })

  it('is refused when it is no service, or one that the identity may only host', () => {
    assert.throws(
      () => findDestination('other', [service('one'), { ...service('two'), permissions: ['Bind'] }]),
      (error: unknown) => error instanceof EdgeError && error.fault === 'denied' && error.hint === 'it may dial one',
    )
    const many = Array.from({ length: 13 }, (_, at) => service(`s${at}`))
    assert.throws(
      () => findDestination('other', many),
      (error: unknown) => error instanceof EdgeError && /s0, .*, s9, and 3 more$/.test(error.hint ?? ''),
    )
    assert.throws(
      () => findDestination('two', [{ ...service('two'), permissions: ['Bind'] }]),
      /may host it, but not dial/,
    )
    assert.throws(() => findDestination('x:1', [service('one', ['x:1']), service('two', ['x:1'])]), UsageError)
  })
})
