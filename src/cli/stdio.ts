import type { Duplex } from 'node:stream'
import { EdgeError } from '../edge/index.js'
import { FileError } from '../errors.js'

/** A connection as it is joined to stdin and stdout. */
type Far = Duplex & { setTimeout(timeoutMs: number, listener?: () => void): unknown }

/**
 * Carries stdin to a connection and what it says to stdout, byte for byte, until the other side ends. The end of stdin goes on
 * as a half-close. A reader of stdout that leaves ends it quietly. Throws what broke it; `idleMs` 0 waits for ever.
 */
export async function joinStdio(far: Far, signal: AbortSignal, idleMs: number): Promise<void> {
  const { stdin, stdout } = process
  const stop = () => void far.destroy()
  const onInputError = (error: NodeJS.ErrnoException) =>
    far.destroy(new FileError(`stdin can't be read (${error.code ?? error.message})`, 'stdin'))
  stdin.on('error', onInputError)
  stdout.on('error', stop)
  signal.addEventListener('abort', stop)
  far.setTimeout(idleMs, () => far.destroy(new EdgeError(`nothing was sent or received for ${idleMs} ms`, 'timeout')))
  try {
    await new Promise<void>((resolve, reject) => {
      far.once('end', resolve)
      far.once('close', () => (far.errored === null ? resolve() : reject(far.errored)))
      if (signal.aborted) stop()
      stdin.pipe(far)
      far.pipe(stdout, { end: false })
    })
    await flush()
  } finally {
    signal.removeEventListener('abort', stop)
    // An open terminal or pipe would keep the process waiting for what nobody reads.
    stdin.unpipe().destroy()
    far.end()
  }
}

// Resolves also when stdout broke: then there is nothing left to wait for.
function flush(): Promise<void> {
  return new Promise(resolve => process.stdout.write('', () => resolve()))
}
