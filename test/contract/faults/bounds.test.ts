import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import { newPerson, type Person } from '../../support/cli.js'
import { startZprom, stopAll } from '../../support/cli-running.js'
import { assertEnded } from '../../support/cli-world.js'
import { sharedOverlay, type TestOverlay } from '../../support/overlay.js'
import { type Fate, startProxy } from '../../support/proxy.js'
import { requires } from '../../support/requires.js'
import { listen } from '../enroll-wire-world.js'

const mebi = 1024 * 1024
const giga = 1024 * mebi
// Three attempts of a second each, the pauses between them, and the start of the program; the rest is for a busy machine.
const boundMs = 60_000

type Measured = {
  readonly tookMs: number
  /** Undefined where the system does not tell. */
  readonly peakBytes: number | undefined
}

const needsProc = 'the memory of a process is read from /proc, and there is none'

describe('zprom, at a controller that does not come to an end', function () {
  this.timeout(4 * boundMs)
  let overlay: TestOverlay
  let canWatchMemory = false
  const people: Person[] = []
  const closing: (() => Promise<unknown>)[] = []
  before(async () => {
    overlay = await sharedOverlay()
    canWatchMemory = peakIn(await readFile(statusOf(process.pid), 'utf8').catch(() => '')) !== undefined
  })
  afterEach(async () => {
    await stopAll()
    await Promise.all([...closing.splice(0).map(close => close()), ...people.splice(0).map(person => person.leave())])
  })

  // `zprom plan` with a second for each answer; ends with 5 within the bound.
  const plan = (url: string, ca: string, ...patterns: RegExp[]) => planWithin('1s', url, ca, ...patterns)
  const planWithin = async (timeout: string, url: string, ca: string, ...patterns: RegExp[]): Promise<Measured> => {
    const person = await newPerson(overlay)
    people.push(person)
    await person.write('ca.pem', ca)
    await person.write('zprom.yaml', 'stack: bound\nclusters: [{name: bound, prometheus: dark}]\n')
    const env = { ...person.env, ZPROM_CONTROLLER: url, ZPROM_CA: join(person.folder, 'ca.pem') }
    const began = performance.now()
    const running = startZprom({ ...person, env }, ['plan', '--timeout', timeout])
    const memory = watchMemory(running.child.pid ?? 0)
    const ran = await running.ended
    const tookMs = performance.now() - began
    assertEnded(ran, 5, ...patterns)
    assert.ok(tookMs < boundMs, `it took ${Math.round(tookMs)} ms`)
    return { tookMs, peakBytes: memory.stop() }
  }
  const behind = async (judge: Parameters<typeof startProxy>[1]) => {
    const proxy = await startProxy(overlay, judge)
    closing.push(() => proxy.close())
    return proxy
  }
  const instead = (write: (response: ServerResponse) => void): Fate => ({ instead: response => write(response) })
  const told = (what: string, { tookMs, peakBytes }: Measured, more = '') =>
    process.stderr.write(`      ${what}: ${(tookMs / 1000).toFixed(1)} s, ${inMebi(peakBytes)} at most${more}\n`)

  it('that accepts and says nothing, not even TLS, gives up in time', async () => {
    const sockets = new Set<Socket>()
    const silent = createServer(socket => sockets.add(socket.on('error', () => undefined)))
    const port = await listen(silent)
    closing.push(async () => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    told('no TLS', await plan(`https://localhost:${port}`, overlay.ca, /no answer in time \(ETIMEDOUT\)/))
  })

  it('that never answers gives up in time, at the login and later', async () => {
    const { url, ca } = await behind(() => 'hang')
    told('no answer to the login', await plan(url, ca, /no answer in time \(ETIMEDOUT\)/))
    const later = await behind(({ path }) => (path.endsWith('/services') ? 'hang' : 'pass'))
    told('no answer to a list', await plan(later.url, later.ca, /no answer in time \(ETIMEDOUT\)/))
  })

  it('whose answer comes drop by drop gives up in time', async () => {
    const drip = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{')
      const timer = setInterval(() => response.write(' '), 100)
      response.on('close', () => clearInterval(timer))
    }
    const { url, ca } = await behind(({ path }) => (path.endsWith('/authenticate') ? 'pass' : instead(drip)))
    told('drop by drop', await plan(url, ca, /no answer in time \(ETIMEDOUT\)/))
  })

  it('whose headers have no end hangs up on it', async () => {
    const endless = (response: ServerResponse) => {
      const { socket } = response
      socket?.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket?.write(`x-more: ${'x'.repeat(4096)}\r\n`), 1)
      socket?.on('close', () => clearInterval(timer))
    }
    const { url, ca } = await behind(() => instead(endless))
    told('headers without end', await plan(url, ca, /^Error: https:\/\/localhost/))
  })

  for (const [what, path, boundBytes] of [
    ['a login', '/authenticate', 32 * mebi],
    ['every list', '', 400 * mebi],
  ] as const) {
    it(`that answers ${what} with a gigabyte is hung up on`, async function () {
      requires(this, canWatchMemory, needsProc)
      const taken = { bytes: 0 }
      const isVictim = (asked: string) => (path === '' ? !asked.endsWith('/authenticate') : asked.endsWith(path))
      const flood = instead(response => pour(response, taken))
      const { url, ca } = await behind(asked => (isVictim(asked.path) ? flood : 'pass'))
      // Long enough for a busy machine to take what is allowed: it is the size that must end it.
      const measured = await planWithin('5s', url, ca, /the answer is too large or broken/)
      assert.ok(taken.bytes < boundBytes, `it took ${taken.bytes} bytes`)
      assertHeldLess(measured)
      told(`a gigabyte for ${what}`, measured, `, ${(taken.bytes / mebi).toFixed(0)} MiB taken`)
    })
  }

  it('that answers lists of nothing, which would be gigabytes in memory, is hung up on', async function () {
    requires(this, canWatchMemory, needsProc)
    const taken = { bytes: 0 }
    const dense = instead(response => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"meta":{},"data":[{}')
      pourInto(response, taken, Buffer.from(',{}'.repeat(20_000)))
    })
    const { url, ca } = await behind(({ path }) => (path.endsWith('/configs') ? dense : 'pass'))
    const measured = await planWithin('5s', url, ca, /the answer is too large or broken/)
    assert.ok(taken.bytes < 64 * mebi, `it took ${taken.bytes} bytes`)
    assertHeldLess(measured)
    told('lists of nothing', measured, `, ${(taken.bytes / mebi).toFixed(0)} MiB taken`)
  })

  it('that answers a gigabyte packed into a megabyte is hung up on', async function () {
    requires(this, canWatchMemory, needsProc)
    const taken = { bytes: 0 }
    const bomb = instead(response => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(response)
      response.on('close', () => gzip.destroy())
      pourInto(
        gzip.on('error', () => undefined),
        taken,
      )
    })
    const { url, ca } = await behind(({ path }) => (path.endsWith('/configs') ? bomb : 'pass'))
    const measured = await planWithin('5s', url, ca, /the answer is too large or broken/)
    assertHeldLess(measured)
    told('a packed gigabyte', measured)
  })
})

function pour(response: ServerResponse, taken: { bytes: number }): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  pourInto(response, taken)
}

type Sink = Pick<NodeJS.WritableStream, 'write' | 'end'> & {
  readonly destroyed: boolean
  once(event: 'drain', then: () => void): unknown
}

// Blanks: whoever reads them has to go on.
function pourInto(sink: Sink, taken: { bytes: number }, piece = Buffer.alloc(65_536, ' ')): void {
  const more = () => {
    while (!sink.destroyed && taken.bytes < giga) {
      taken.bytes += piece.length
      if (!sink.write(piece)) {
        sink.once('drain', more)
        return
      }
    }
    if (!sink.destroyed) sink.end()
  }
  more()
}

function assertHeldLess({ peakBytes }: Measured): void {
  assert.ok(peakBytes !== undefined, 'what it held was not measured')
  assert.ok(peakBytes < giga, `it held ${peakBytes} bytes`)
}

function inMebi(bytes: number | undefined): string {
  return bytes === undefined ? 'an unknown number of MiB' : `${(bytes / mebi).toFixed(0)} MiB`
}

// What the process held at most; undefined where there is no /proc.
function watchMemory(pid: number): { stop(): number | undefined } {
  let peak: number | undefined
  const timer = setInterval(async () => {
    const now = peakIn(await readFile(statusOf(pid), 'utf8').catch(() => ''))
    if (now !== undefined) peak = Math.max(peak ?? 0, now)
  }, 20)
  return {
    stop: () => {
      clearInterval(timer)
      return peak
    },
  }
}

function peakIn(status: string): number | undefined {
  const kibi = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
  return kibi === undefined ? undefined : Number(kibi) * 1024
}

function statusOf(pid: number): string {
  return `/proc/${pid}/status`
}
