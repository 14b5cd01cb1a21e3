import { stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { Flags } from '@oclif/core'
import type { Access, BridgeLimits } from '../bridge/index.js'
import { formatAccess } from '../bridge/index.js'
import { UsageError } from '../errors.js'
import { quoteWord } from '../model/shell-word.js'
import { controllerTimeout } from './base-command.js'
import { timeLimitFlag } from './duration.js'
import { filesOf } from './files.js'

/** Flags that say where a bridge listens and what it allows. */
export const bridgeFlags = {
  listen: Flags.string({
    description: 'ADDRESS:PORT; other than loopback with a token only',
    default: '127.0.0.1:17777',
  }),
  'token-file': Flags.string({ description: 'A file (0600) with the token that clients must show' }),
  timeout: Flags.integer({
    description: 'Milliseconds for what brings no time-out of its own, such as CONNECT',
    default: 4500,
    min: 100,
    max: 300_000,
  }),
  'controller-timeout': timeLimitFlag(controllerTimeout),
  'max-response': Flags.integer({ description: 'MiB that an answer may have', default: 64, min: 1, max: 1024 }),
  'max-per-service': Flags.integer({
    description: 'Requests to one service at once; tunnels count until they are open',
    default: 32,
    min: 1,
    max: 1000,
  }),
  log: Flags.option({
    options: ['text', 'json', 'none'] as const,
    description: 'How each request is logged, on stderr',
    default: 'text',
  })(),
}

/** What those flags allow. */
export function limitsOf(flags: {
  readonly timeout: number
  readonly 'max-response': number
  readonly 'max-per-service': number
}): BridgeLimits {
  return {
    timeoutMs: flags.timeout,
    responseBytes: flags['max-response'] * 1024 * 1024,
    perService: flags['max-per-service'],
  }
}

/** Where to listen. */
export type Listen = { readonly host: string; readonly port: number }

/** Reads `HOST:PORT`; throws UsageError, also for an address that others reach when there is no token. */
export function readListen(text: string, hasToken: boolean): Listen {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port > 65_535) throw new UsageError(`--listen ${text}: it should be ADDRESS:PORT`)
  const address = host === 'localhost' ? '127.0.0.1' : host
  if (isIP(address) === 0) throw new UsageError(`--listen ${text}: the address should be an IP address, or localhost`)
  if (!hasToken && !isLoopback(address)) {
    throw new UsageError(
      `--listen ${text}: whoever reaches it reads everything that the identity may dial`,
      'give a token as well (--token-file), or listen on 127.0.0.1',
    )
  }
  return { host: address, port }
}

function isLoopback(address: string): boolean {
  return /^127\./.test(address) || address === '::1'
}

/** The token in a file that nobody else may read. */
export async function readTokenFile(path: string): Promise<string> {
  const text = (await filesOf('--token-file').read(path))?.trim()
  if (text === undefined) throw new UsageError(`the token file ${path} does not exist`)
  if (((await stat(path)).mode & 0o077) !== 0)
    throw new UsageError(`the token file ${path} can be read by others`, `chmod 600 ${quoteWord(path)}`)
  // It stands in a URL and in a header.
  if (!/^[A-Za-z0-9._~-]{16,256}$/.test(text)) {
    throw new UsageError(
      `the token file ${path} should hold one line of 16 to 256 letters, digits or . _ ~ -`,
      'make one with: openssl rand -hex 24',
    )
  }
  return text
}

/** Writes one line for each request; undefined when none are wanted. */
export function accessLog(
  form: 'json' | 'text' | 'none',
  write: (line: string) => void,
): ((access: Access) => void) | undefined {
  const time = () => new Date().toISOString()
  if (form === 'none') return undefined
  if (form === 'json') return access => write(JSON.stringify({ time: time(), ...access }))
  return access => write(`${time()} ${formatAccess(access)}`)
}

/** Milliseconds since the epoch. */
export const now: () => number = Date.now
