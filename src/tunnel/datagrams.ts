import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { EdgeError } from '../edge/index.js'
import type { Backend } from './backend.js'
import type { Far } from './join.js'

// One datagram is one message of the overlay, as with OpenZiti's tunnelers (github.com/openziti/ziti, tunnel/tunnel.go).

// What a service sends faster than the overlay takes it is lost, as datagrams are.
const mostWaiting = 256

/** A place to send datagrams to, and to have them from. That nobody is there shows with the first. Throws EdgeError (`host`). */
export async function openDatagrams({ host, port }: { host: string; port: number }): Promise<Backend> {
  const { address, family } = await lookup(host).catch((error: NodeJS.ErrnoException) => {
    throw new EdgeError(`${host}: there is no such host (${error.code ?? 'failed'})`, 'host')
  })
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  let isGone = false
  const destroy = () => {
    if (isGone) return
    isGone = true
    socket.close()
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.connect(port, address, () => resolve())
  }).catch((error: NodeJS.ErrnoException) => {
    destroy()
    throw new EdgeError(`${host}:${port}: no datagrams can be sent there (${error.code ?? 'failed'})`, 'host')
  })
  socket.removeAllListeners('error')
  // Nobody is there: told when the first datagram comes back.
  socket.on('error', destroy)
  return { isGone: () => isGone, destroy, carry: (far, idleMs) => carry(socket, destroy, far, idleMs) }
}

function carry(socket: Socket, destroy: () => void, far: Far, idleMs: number): void {
  const waiting: Buffer[] = []
  let isSending = false
  // One at a time: writes that wait are joined, and two datagrams would become one.
  const sendOn = () => {
    const next = waiting.shift()
    isSending = next !== undefined && far.writable
    if (next !== undefined && isSending) far.write(next, sendOn)
  }
  socket.on('message', datagram => {
    if (datagram.length === 0 || waiting.length >= mostWaiting) return
    waiting.push(datagram)
    if (!isSending) sendOn()
  })
  // In flow a message is given as it came. One that does not fit a datagram is lost.
  far.on('data', (message: Buffer) => {
    far.pause()
    socket.send(message, () => far.resume())
  })
  const end = () => {
    destroy()
    far.destroy()
  }
  socket.on('error', end)
  socket.on('close', end)
  far.on('end', end).on('close', end)
  far.setTimeout(idleMs, end)
}
