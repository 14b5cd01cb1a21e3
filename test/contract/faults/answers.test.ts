import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import {
  createCluster,
  createIdentitySession,
  fetchServicesAs,
  fetchVersion,
  fetchWhoAmI,
} from '../../../src/controller/index.js'
import { enrolledAdmin, pemOf } from '../../support/admins.js'
import { type Ended, fullSpec, runToEnd } from '../../support/fault-run.js'
import { echoOf, type Hostile, json, type Member, sendHostile, textOf, ways } from '../../support/hostile-answers.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../../support/overlay.js'
import { type Asked, type Fate, type FaultProxy, startProxy } from '../../support/proxy.js'
import { requires } from '../../support/requires.js'
import { type Dice, rollDice } from '../../support/seeded.js'
import { newWorld, type World } from '../../support/world.js'
import { failureOf } from '../../support/world-checks.js'
import { listen } from '../enroll-wire-world.js'

const answers = Number(process.env.ZPROM_TEST_ANSWERS ?? 200)

type Victim = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly isList?: boolean
  readonly members: Readonly<Record<string, Member>>
}

const base = { id: 'text', name: 'text', tags: 'map' } as const
const list = (path: string, members: Victim['members']): Victim => ({ method: 'GET', path, isList: true, members })

// What a plan asks, and what of it zprom reads.
const victims: readonly Victim[] = [
  { method: 'POST', path: '/authenticate', members: { token: 'text' } },
  list('/config-types', { id: 'text', name: 'text' }),
  list('/configs', { ...base, configTypeId: 'text', data: 'map' }),
  list('/services', { ...base, configs: 'texts', roleAttributes: 'texts' }),
  list('/identities', { ...base, roleAttributes: 'texts', enrollment: 'map', authenticators: 'map' }),
  list('/service-policies', { ...base, type: 'text', semantic: 'text', serviceRoles: 'texts', identityRoles: 'texts' }),
  list('/edge-router-policies', { ...base, semantic: 'text', edgeRouterRoles: 'texts', identityRoles: 'texts' }),
  list('/service-edge-router-policies', { ...base, semantic: 'text', edgeRouterRoles: 'texts', serviceRoles: 'texts' }),
]

describe('an answer that no controller gives', function () {
  this.timeout(600_000)
  let overlay: TestOverlay
  let world: World
  let proxy: FaultProxy
  let elsewhere: Server
  let heard = 0
  let judge: (asked: Asked) => Fate = () => 'pass'
  before(async function () {
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    overlay = await freshOverlay({ noRouter: true })
    world = await newWorld(overlay)
    await world.converge(fullSpec(world.word))
    proxy = await startProxy(overlay, asked => judge(asked))
    elsewhere = createServer(socket => {
      heard += 1
      socket.destroy()
    })
  })
  after(async () => {
    await proxy?.close()
    elsewhere?.close()
    await world?.end()
    await overlay?.stop()
  })

  const clean = ({ printed }: Ended) => {
    assert.doesNotMatch(printed, /a bug in zprom/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
    assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, 'it moves the cursor')
  }

  // What is made of the real answer, for every time that it is asked for.
  const instead = (victim: Victim, make: (body: string, asked: Asked) => Hostile) => {
    judge = asked => {
      const isHit = asked.method === victim.method && asked.path.endsWith(`/v1${victim.path}`)
      if (!isHit) return 'pass'
      return { instead: async (response, real) => sendHostile(response, make(textOf(await real()), asked)) }
    }
  }

  const hostileCase = async (dice: Dice, victim: Victim, where: string) => {
    const names = Object.keys(ways).filter(name => name !== 'a wrong member' || Object.keys(victim.members).length > 0)
    const name = dice.pick(names)
    const { isList = false, members } = victim
    let sent: Hostile | undefined
    instead(victim, body => {
      sent ??= ways[name]?.({ dice, body, isList, members, elsewhere: where })
      return sent ?? assert.fail(name)
    })
    const ended = await runToEnd(world, fullSpec(world.word), { through: proxy, confirm: async () => false })
    const told = `${name} for ${victim.method} ${victim.path}: ${`${JSON.stringify(sent)}`.slice(0, 300)}`
    assert.ok(sent !== undefined, told)
    // To say "bad request" to a login is to refuse it, in whichever form.
    const isRefused = victim.path === '/authenticate' && sent?.status === 400
    // And to say that there is no such thing: a controller that offers OIDC is logged in to by that.
    const isNotOffered = victim.path === '/authenticate' && [404, 405, 410, 501].includes(sent?.status ?? 0)
    const isWell = isNotOffered && overlay.line !== '0.28'
    assert.equal(ended.code, isRefused ? 4 : isWell ? 0 : 5, `${told}: ended with ${ended.code}\n${ended.printed}`)
    assert.ok(isWell || ended.printed.includes(proxy.url), `${told}\n${ended.printed}`)
    clean(ended)
    return name
  }

  it(`ends a run with exit code 5 and no crash, ${answers} times, and nothing is said to another host`, async () => {
    const dice = rollDice(`${answers} hostile answers`)
    const where = `localhost:${await listen(elsewhere)}`
    const counts = new Map<string, number>()
    for (let count = 0; count < answers; count += 1) {
      const name = await hostileCase(dice, dice.pick(victims), where)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    assert.equal(heard, 0, 'the other host heard something')
    const told = [...counts].map(([name, count]) => `${name} ${count}`).toSorted()
    process.stderr.write(`      ${answers} answers, each ended with its code: ${told.join(', ')}\n`)
  })

  it('names the controller, what it was asked, and the entity whose answer it is', async () => {
    const ann = `ann.${world.word}`
    const spoil = (path: string, name: string, members: object) =>
      instead(list(path, {}), body => {
        const document = JSON.parse(body)
        for (const one of document.data) if (one.name === name) Object.assign(one, members)
        return { headers: json, body: JSON.stringify(document) }
      })
    const about = `${proxy.url}: unexpected answer to GET /identities: `
    for (const [members, what] of [
      [{ roleAttributes: 7 }, `identity.roleAttributes should be a list of texts, but is number (identity "${ann}")`],
      [{ name: null, id: 'x1' }, 'identity.name should be text, but is null (identity with the id "x1")'],
      [
        { authenticators: { cert: { id: 'a' } } },
        `authenticators.cert.fingerprint should be text, but is undefined (identity "${ann}")`,
      ],
    ] as const) {
      spoil('/identities', ann, members)
      const { printed } = await runToEnd(world, fullSpec(world.word), { through: proxy })
      assert.ok(printed.includes(`${about}${what}`), printed)
    }
  })

  // An identity that is shown what `services` gives, a page at a time.
  async function shownServices(services: () => readonly object[]) {
    const { url, ca } = proxy
    const { identityFile } = await enrolledAdmin(overlay)
    // The proxy cannot pass a client certificate on, so it answers the log-in itself.
    judge = ({ method, path }) => {
      const say = (data: unknown) => ({ headers: json, body: JSON.stringify({ data, meta: {} }) })
      if (path.endsWith('/client/v1/authenticate'))
        return { instead: response => sendHostile(response, say({ token: 'of-nobody' })) }
      if (method !== 'GET' || !path.endsWith('/client/v1/services')) return 'pass'
      return { instead: response => sendHostile(response, say(services())) }
    }
    return { name: 'ann', url, ca, key: pemOf(identityFile, 'key'), cert: pemOf(identityFile, 'cert') }
  }

  it('that never comes to the end of a list is left', async () => {
    let count = 0
    const page = () =>
      Array.from({ length: 500 }, () => {
        count += 1
        return { id: `s${count}`, name: `s${count}.svc`, permissions: ['Dial'], encryptionRequired: true }
      })
    const credentials = await shownServices(page)
    const options = { timeoutMs: 20_000, now: Date.now }
    const session = createIdentitySession(credentials, { ...options, cluster: createCluster([proxy.url]) })
    for (const ask of [() => fetchServicesAs(credentials, options), () => session.services()]) {
      const { message } = await failureOf(ask())
      assert.equal(message, `${proxy.url}: lists more than 50000 services for one identity, and goes on`)
    }
    await session.end()
  })

  it('names them also where an identity asks for its own services', async () => {
    const credentials = await shownServices(() => [{ name: 'shop.svc', permissions: 7 }])
    const error = await failureOf(fetchServicesAs(credentials, { timeoutMs: 20_000, now: Date.now }))
    const fault = 'service.permissions should be a list of texts, but is number (service "shop.svc")'
    assert.equal(error.message, `${proxy.url}: unexpected answer to GET /services: ${fault}`)
  })

  it('that echoes what it was asked with brings no token and no password into a message', async () => {
    const { password } = overlay
    for (const [victim, status] of victims.flatMap(victim => [400, 302].map(status => [victim, status] as const))) {
      const tokens: string[] = []
      judge = asked => {
        if (asked.method !== victim.method || !asked.path.endsWith(`/v1${victim.path}`)) return 'pass'
        return {
          instead: response => {
            const token = response.req.headers['zt-session']
            if (typeof token === 'string') tokens.push(token)
            sendHostile(response, { ...echoOf(response.req, asked.body), status })
          },
        }
      }
      const ended = await runToEnd(world, fullSpec(world.word), { through: proxy, confirm: async () => false })
      assert.ok([4, 5].includes(ended.code), ended.printed)
      clean(ended)
      for (const secret of [password, ...tokens]) assert.ok(!ended.printed.includes(secret), `${victim.path} ${status}`)
    }
  })

  it('that echoes the form by which a bearer token is renewed brings nothing of it into a message', async () => {
    const refreshToken = `renewal.${randomBytes(20).toString('base64url')}`
    let isAsked = false
    judge = ({ path, body }) => {
      if (!path.endsWith('/oidc/oauth/token')) return 'pass'
      isAsked = body.toString().includes(refreshToken)
      return { instead: response => sendHostile(response, { ...echoOf(response.req, body), status: 503 }) }
    }
    const session = { token: 'over', expiresAt: 0, kind: 'bearer' as const, refreshToken }
    const error = await failureOf(world.open({ through: proxy, session }).list('/services'))
    assert.ok(isAsked)
    assert.match(error.message, /POST \/oidc\/oauth\/token was answered 503 ECHO: .*refresh_token=\[secret\]/)
    assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(refreshToken))
  })

  it('that has a token of another host in it gets nothing sent there, and the next run enrolls', async () => {
    const other = await startProxy(overlay)
    const { word } = world
    const spec = { ...fullSpec(word), developers: [{ name: `eve.${word}`, enroll: true }] }
    judge = ({ method, path }) => {
      if (method !== 'GET' || !path.endsWith('/v1/identities')) return 'pass'
      return {
        instead: async (response, real) => {
          const document = JSON.parse(textOf(await real()))
          for (const { enrollment } of document.data)
            if (enrollment?.ott?.jwt !== undefined) enrollment.ott.jwt = other.signed(enrollment.ott.jwt)
          sendHostile(response, { headers: json, body: JSON.stringify(document) })
        },
      }
    }
    const ended = await runToEnd(world, spec, { through: proxy })
    await other.close()
    assert.equal(ended.code, 6, ended.printed)
    assert.match(ended.printed, new RegExp(`failed enroll enrollment/eve\\.${word}: `))
    assert.deepEqual(other.seen, [])
    judge = () => 'pass'
    const again = await runToEnd(world, spec, { through: proxy })
    assert.equal(again.code, 0, again.printed)
  })

  it('to the questions of login and whoami ends with 5 too', async () => {
    const dice = rollDice('answers to version and current-identity')
    const { url, ca } = proxy
    for (const name of Object.keys(ways).filter(one => one !== 'a wrong member')) {
      for (const path of ['/version', '/current-identity']) {
        instead({ method: 'GET', path, members: {} }, body => {
          const made = ways[name]?.({ dice, body, isList: false, members: {}, elsewhere: 'localhost:1' })
          return made ?? assert.fail(name)
        })
        const asked =
          path === '/version'
            ? fetchVersion({ url, ca, timeoutMs: 20_000 })
            : fetchWhoAmI(world.open({ through: proxy }))
        await assert.rejects(asked, { exitCode: 5 }, `${name} for ${path}`)
      }
    }
  })
})
