import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { bin, newPerson } from '../../test/support/cli.js'
import { freshOverlay } from '../../test/support/overlay.js'
import { until } from '../../test/support/world-checks.js'
import { canConnect, end, type Running, start } from './processes.js'
import { formatMs, median, type Row } from './table.js'

const service = 't.reflect.svc'
const bytes = 100 * 1024 * 1024
const dials = 200
const atOnce = 500

/**
 * `zprom proxy` beside `ziti tunnel proxy`, both in front of the same host (`zprom host tcp`) on the same overlay, measured
 * by the same client. Without a ziti program only zprom is measured.
 */
export async function measureDataplane(say: (line: string) => void): Promise<Row[]> {
  const overlay = await freshOverlay()
  const person = await newPerson(overlay)
  const server = await startServer()
  const running: Running[] = []
  try {
    await person.write(
      'zprom.yaml',
      'clusters: [{name: t, prometheus: dark}]\ndevelopers: [{name: dev, enroll: true}]\n',
    )
    await person.ok(['apply', '--yes'])
    const { port } = server.address() as AddressInfo
    const host = ['host', 'tcp', service, '--to', `127.0.0.1:${port}`, '--as', 't.reflect.id']
    running.push(await start(person, process.execPath, [bin, ...host], /hosting/))
    const [ours = 0, theirs = 0] = await findFreePorts(2)
    running.push(await start(person, process.execPath, [bin, 'proxy', `${service}:${ours}`], /leads to/))
    const { ZPROM_ZITI: ziti } = process.env
    if (ziti !== undefined && ziti !== '') {
      const file = join(person.folder, 'zprom-out/developers/dev.json')
      running.push(await start(person, ziti, ['tunnel', 'proxy', '-i', file, `${service}:${theirs}`], /./))
      await until('ziti tunnel proxy listens', () => canConnect(theirs))
    }
    say('measuring zprom proxy')
    const zprom = await measure(ours)
    if (ziti === undefined || ziti === '') return rowsOf(zprom, undefined)
    say('measuring ziti tunnel proxy')
    return rowsOf(zprom, await measure(theirs))
  } finally {
    for (const child of running.toReversed()) await end(child)
    server.close()
    await overlay.stop()
    await person.leave()
  }
}

type Measured = {
  readonly p50: number
  readonly p99: number
  readonly downMs: number
  readonly upMs: number
  readonly burstMs: number
  readonly burstFailed: number
}

async function measure(port: number): Promise<Measured> {
  await firstByte(port)
  const times: number[] = []
  for (let index = 0; index < dials; index += 1) times.push(await firstByte(port))
  const sorted = times.toSorted((one, other) => one - other)
  const downMs = await timed(() => exchange(port, `GET /${bytes} HTTP/1.0\r\n\r\n`))
  const upMs = await timed(() => upload(port))
  const started = performance.now()
  const burst = await Promise.allSettled(Array.from({ length: atOnce }, () => firstByte(port)))
  return {
    p50: median(times),
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    downMs,
    upMs,
    burstMs: performance.now() - started,
    burstFailed: burst.filter(({ status }) => status === 'rejected').length,
  }
}

function rowsOf(ours: Measured, theirs: Measured | undefined): Row[] {
  const row = (what: string, get: (one: Measured) => number): Row => ({
    what,
    measured: formatMs(get(ours)),
    ...(theirs !== undefined && {
      against: `ziti tunnel proxy: ${formatMs(get(theirs))}`,
      ratio: get(ours) / get(theirs),
    }),
  })
  const failed = (one: Measured | undefined) => (one === undefined ? '' : `, ${one.burstFailed} failed`)
  return [
    row(`connect to first byte, p50 of ${dials}`, one => one.p50),
    row(`connect to first byte, p99 of ${dials}`, one => one.p99),
    row('100 MiB down', one => one.downMs),
    row('100 MiB up', one => one.upMs),
    {
      ...row(`${atOnce} connections at once`, one => one.burstMs),
      measured: `${formatMs(ours.burstMs)}${failed(ours)}`,
      ...(theirs !== undefined && { against: `ziti tunnel proxy: ${formatMs(theirs.burstMs)}${failed(theirs)}` }),
    },
  ]
}

// Answers GET /N with N bytes, and anything that is sent with how much it was.
function startServer(): Promise<Server> {
  const piece = Buffer.alloc(64 * 1024, 1)
  const server = createServer((request, response) => {
    if (request.method === 'PUT') {
      let size = 0
      request.on('data', (data: Buffer) => {
        size += data.length
      })
      request.on('end', () => response.end(String(size)))
      return
    }
    let left = Number(request.url?.slice(1) ?? 0)
    const more = () => {
      while (left > 0) {
        const part = piece.subarray(0, Math.min(left, piece.length))
        left -= part.length
        if (!response.write(part)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function firstByte(port: number): Promise<number> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /1 HTTP/1.0\r\n\r\n'))
    socket.setTimeout(30_000, () => socket.destroy(new Error('no byte in time')))
    socket.once('data', () => {
      resolve(performance.now() - started)
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed before the first byte')))
  })
}

function exchange(port: number, text: string): Promise<void> {
  return finished(port, socket => void socket.write(text))
}

function upload(port: number): Promise<void> {
  const piece = Buffer.alloc(64 * 1024, 1)
  return finished(port, socket => {
    socket.write(`PUT / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${bytes}\r\n\r\n`)
    let left = bytes
    const more = () => {
      while (left > 0) {
        left -= piece.length
        if (!socket.write(piece)) return void socket.once('drain', more)
      }
    }
    more()
  })
}

// Until an answer came and, for those that have a length, all of it.
function finished(port: number, send: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let got = 0
    const socket = connect(port, '127.0.0.1', () => send(socket))
    socket.on('data', piece => {
      got += piece.length
      // Peers of 2.x lose the end of a stream, so it is not waited for.
      if (got >= bytes || piece.toString('latin1').endsWith(String(bytes))) {
        resolve()
        socket.destroy()
      }
    })
    socket.once('error', reject)
    socket.once('close', () => resolve())
  })
}

async function timed(run: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}
