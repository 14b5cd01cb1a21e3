import { ToolError } from '../errors.js'

const known: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EACCES: 'ports below 1024 are not for everybody',
  EADDRNOTAVAIL: 'no network of this machine has that address',
}

/** That nothing can be listened on at an address, and why. `hint`: which flag names another. */
export function cannotListen(
  { host, port, hint }: { readonly host: string; readonly port: number; readonly hint: string },
  error: NodeJS.ErrnoException,
): ToolError {
  const why = known[error.code ?? ''] ?? 'it failed'
  return new ToolError(`${host}:${port} can't be listened on: ${why} (${error.code})`, 'listen', hint)
}
