import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { dump, load } from 'js-yaml'
import type { EdgeConnection, Overlay } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { ControllerError } from '../../src/errors.js'
import { asRaw } from '../../src/kinds/index.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld } from '../support/edge-world.js'
import { canStartOverlays, freshOverlay, sharedOverlay, type TestOverlay } from '../support/overlay.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { requires } from '../support/requires.js'
import { addRouter, type TestRouter } from '../support/router.js'
import { failsWithin, recovers } from '../support/stated.js'

const hasOidc = async () => (await sharedOverlay()).line !== '0.28'

describe('the data plane at a controller without OIDC', () => {
  it('says so when it is to log in that way, and otherwise needs it not', async function () {
    requires(this, !(await hasOidc()), 'this controller offers OIDC')
    const world = await newEdgeWorld()
    const bearer = await world.as(world.names.developer, { wanted: 'bearer' })
    const error = await failsWithin('a dial by OIDC', 5000, bearer.dial(world.names.echo))
    assert.ok(error instanceof ControllerError)
    assert.match(error.message, /does not offer OIDC/)
    assert.ok((await (await world.as(world.names.developer)).services()).length > 0)
    await world.end()
  })
})

describe('the data plane by OIDC', function () {
  this.timeout(180_000)
  let overlay: TestOverlay | undefined
  let router: TestRouter
  let world: EdgeWorld
  const opened: Overlay[] = []
  before(async function () {
    requires(this, canStartOverlays(), 'it changes how long tokens last, so it needs its own overlay')
    requires(this, await hasOidc(), 'needs OpenZiti 1.6 or later (ZPROM_ZITI)')
    overlay = await freshOverlay({ noRouter: true })
    await shortenTokens(overlay)
    router = await addRouter(overlay, 'one')
    world = await newEdgeWorld(overlay)
  })
  after(async () => {
    await world?.end()
    await router?.stop()
    await overlay?.stop()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(each => each.close()))
  })
  const open = async (identity: string, wanted?: 'bearer') => {
    const each = await world.as(identity, { wanted })
    opened.push(each)
    return each
  }
  const dialled = (dev: Overlay) => dev.dial(world.names.scrape, { identity: world.names.reflect })
  const works = (dev: Overlay) => async () => {
    const back = await dialled(dev).then(connection => exchange(connection, Buffer.from('works')))
    return back.toString() === 'works'
  }

  it('carries streams between callers and hosts, whichever way each of them logged in', async () => {
    const { scrape, reflect, developer } = world.names
    const bytes = randomBytes(100_000)
    for (const [host, caller] of [['bearer', 'bearer'], ['bearer'], [undefined, 'bearer']] as const) {
      const hosting = await (await open(reflect, host)).host(scrape, { identity: reflect }, echo)
      const dev = await open(developer, caller)
      assert.ok((await exchange(await dialled(dev), bytes)).equals(bytes), `${host} and ${caller}`)
      await hosting.close()
    }
  })

  it('keeps connections and offers through the end of the token that they began with', async () => {
    const { scrape, reflect, developer } = world.names
    const states: string[] = []
    const onState = (state: string, detail: string) => void states.push(`${state} ${detail}`)
    const hosting = await (await open(reflect, 'bearer')).host(scrape, { identity: reflect, onState }, echo)
    const dev = await open(developer, 'bearer')
    const connection = await dialled(dev)
    const said = saying(connection)
    assert.equal(await said('first'), 'first')
    // Its router looks every five seconds for what is over.
    const untilOver = (tokenSeconds + 15) * 1000
    await new Promise<void>((resolve, reject) => {
      connection.once('close', () => reject(connection.errored ?? new Error('it was closed')))
      setTimeout(resolve, untilOver)
    })
    assert.equal(await said('still there'), 'still there')
    assert.ok(await works(dev)())
    assert.deepEqual(
      states.map(state => state.split(' ')[0]),
      ['hosting'],
    )
    connection.destroy()
    await hosting.close()
  })

  it('comes back after its router was restarted, as caller and as host', async () => {
    const { scrape, reflect, developer } = world.names
    const hosting = await (await open(reflect, 'bearer')).host(scrape, { identity: reflect }, echo)
    const dev = await open(developer, 'bearer')
    const connection = await dialled(dev)
    const broken = once(connection.resume(), 'close')
    broken.catch(() => undefined)
    await router.kill()
    await broken.catch(() => undefined)
    await router.start()
    await recovers('both are back', 30_000, () => works(dev)().catch(() => false))
    await hosting.close()
  })

  it('logs in anew when its token was revoked, as caller and as host', async function () {
    requires(this, overlay?.line === '2.x', 'routers hear of revoked tokens from 2.x on (ZPROM_ZITI)')
    const { scrape, reflect, developer } = world.names
    const states: string[] = []
    const hosting = await (await open(reflect, 'bearer')).host(
      scrape,
      { identity: reflect, onState: state => void states.push(state) },
      echo,
    )
    const dev = await open(developer, 'bearer')
    const connection = await dialled(dev)
    // A router ends the connection before its channel, or both at once: that it is over is all that both say.
    connection.resume().on('error', () => undefined)
    for (const name of [reflect, developer]) {
      const id = (await world.find('identity', name))?.id
      await world.admin.post('/revocations', { id, type: 'IDENTITY' })
    }
    await recovers('a connection of a token that was revoked is over', 10_000, () => connection.destroyed)
    await recovers('the host has noticed', 10_000, () => states.includes('lost'))
    await recovers('both are back', 20_000, () => works(dev)().catch(() => false))
    await hosting.close()
  })

  describe('where the controller makes no zt-sessions', () => {
    let proxy: FaultProxy
    before(async () => {
      const { developer } = world.names
      const text = await readFile(join(world.outDir, 'developers', `${developer}.json`), 'utf8')
      const { keyPem, certPems } = parseIdentityFile(text, { name: developer })
      proxy = await startProxy({ ...world.overlay, certificate: { key: keyPem, cert: certPems.join('\n') } })
    })
    after(() => proxy?.close())

    for (const status of [404, 405, 410, 501]) {
      it(`is taken without being asked for: a log-in that is answered ${status}`, async () => {
        const { scrape, reflect, developer } = world.names
        proxy.on('POST', '/authenticate', {
          instead: response => void response.writeHead(status, { 'content-type': 'application/json' }).end('{}'),
        })
        const hosting = await (await open(reflect)).host(scrape, { identity: reflect }, echo)
        const dev = await world.as(developer, { url: proxy.url, ca: proxy.ca })
        const before = proxy.count('POST', '/oidc/oauth/token')
        assert.ok(await works(dev)())
        assert.equal(proxy.count('POST', '/oidc/oauth/token'), before + 1)
        await dev.close()
        await hosting.close()
      })
    }
  })
})

// The shortest that controllers take.
const tokenSeconds = 60

async function shortenTokens({ home, halt, start }: TestOverlay): Promise<void> {
  assert.ok(home !== undefined)
  await halt('SIGTERM')
  const path = (await readdir(home, { recursive: true })).find(name => basename(name) === 'ctrl.yaml')
  assert.ok(path !== undefined, `no ctrl.yaml in ${home}`)
  const config = asRaw(load(await readFile(join(home, path), 'utf8')), 'ctrl.yaml')
  const edge = asRaw(config.edge, 'edge')
  const oidc = { accessTokenDuration: `${tokenSeconds}s`, refreshTokenDuration: '1h' }
  await writeFile(join(home, path), dump({ ...config, edge: { ...edge, oidc } }))
  await start()
}

// Says something and gives what comes back, of the same length.
function saying(connection: EdgeConnection) {
  connection.on('error', () => undefined)
  return async (words: string) => {
    connection.write(words)
    let back = ''
    while (back.length < words.length) back += ((await once(connection, 'data')) as [Buffer])[0].toString()
    return back
  }
}
