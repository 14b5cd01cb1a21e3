import { ToolError } from '../errors.js'

/** A connection of the SDK: a number that stands for it. */
export type NativeHandle = number

/** What is used of @openziti/ziti-sdk-nodejs (0.13: lib/*.js and src/ziti_dial.c there); one identity for each process. */
export type NativeSdk = {
  /** Logs in with an identity file; resolves with a status, 0 being good. */
  init(identityPath: string): Promise<number>
  /** `onConnect` gets no handle when it failed, and nobody says why. `onData` is not told of the end of the stream. */
  dial(
    service: string,
    isWebSocket: boolean,
    onConnect: (handle?: NativeHandle | boolean) => void,
    onData: (bytes: Uint8Array) => void,
  ): void
  write(handle: NativeHandle, bytes: Buffer, onWritten: () => void): void
  close(handle: NativeHandle): void
}

/** Name of the package; an optional peer, for it needs a binary that cannot be had everywhere. */
export const nativePackage = '@openziti/ziti-sdk-nodejs'

/** Takes the SDK from what was imported under its name. Throws ToolError when it is not there, or does not load. */
export async function loadNativeSdk(importPackage: (name: string) => Promise<unknown>): Promise<NativeSdk> {
  let imported: unknown
  try {
    imported = await importPackage(nativePackage)
  } catch (error) {
    throw isMissing(error) ? notInstalled() : notLoading(error)
  }
  const sdk = sdkIn(imported)
  if (sdk !== undefined) return sdk
  throw notLoading(new Error('it has no init, dial, write and close'))
}

// Node wraps what CommonJS exports.
function sdkIn(imported: unknown): NativeSdk | undefined {
  for (const one of [imported, memberOf(imported, 'default')]) if (isSdk(one)) return one
  return undefined
}

function isSdk(value: unknown): value is NativeSdk {
  return ['init', 'dial', 'write', 'close'].every(name => typeof memberOf(value, name) === 'function')
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

// The package itself, and not what it needs: that is a package that does not load.
function isMissing(error: unknown): boolean {
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: '', message: '' }
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${nativePackage}'`)
}

function notInstalled(): ToolError {
  return new ToolError(`--sdk native needs ${nativePackage}, which is not installed`, nativePackage, hint)
}

function notLoading(error: unknown): ToolError {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return new ToolError(`--sdk native: ${nativePackage} is installed but does not load: ${reason}`, nativePackage, hint)
}

const hint = `npm install ${nativePackage} where zprom is, or leave --sdk out: zprom needs no SDK`
