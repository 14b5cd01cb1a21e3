import { EdgeError, type Overlay } from '../edge/index.js'
import { NativeConnection } from './connection.js'
import type { NativeSdk } from './sdk.js'

/** The SDK that dials, and zprom's own overlay for all the rest. */
export type NativeOptions = {
  readonly sdk: NativeSdk
  /** The identity's file; the SDK reads it itself. */
  readonly identityPath: string
  /** The same identity on zprom's own data plane: for what is asked of the controller, not for connections. */
  readonly own: Overlay
}

const dialTimeoutMs = 15_000

/**
 * The overlay by the native SDK: dials, by the name of the service alone. The SDK cannot ask for the terminator of an
 * identity, and zprom does not host by it: both are refused. Throws EdgeError.
 */
export function openNativeOverlay({ sdk, identityPath, own }: NativeOptions): Overlay {
  let login: Promise<void> | undefined
  const logIn = async () => {
    const status = await sdk.init(identityPath)
    if (status !== 0)
      throw new EdgeError(`the native SDK did not get in with ${identityPath} (status ${status})`, 'session')
  }
  const dial: Overlay['dial'] = async (service, { identity = '', timeoutMs = dialTimeoutMs } = {}) => {
    if (identity !== '')
      throw new EdgeError(
        `${service} at ${identity}: the native SDK cannot ask for the terminator of an identity`,
        'host',
        'leave --sdk native out',
      )
    // One for all; but what failed once may not the next time.
    login ??= logIn().catch(error => {
      login = undefined
      throw error
    })
    await login
    return dialBySdk(sdk, service, timeoutMs)
  }
  const host: Overlay['host'] = async service => {
    throw new EdgeError(`${service}: zprom does not host by the native SDK`, 'host', 'leave --sdk native out')
  }
  return { ...own, dial, host }
}

function dialBySdk(sdk: NativeSdk, service: string, timeoutMs: number): Promise<NativeConnection> {
  return new Promise((resolve, reject) => {
    let connection: NativeConnection | undefined
    let isOver = false
    const fail = (what: string, fault: 'host' | 'timeout') => {
      isOver = true
      reject(new EdgeError(`${service}: ${what}`, fault))
    }
    const timer = setTimeout(() => fail(`no connection in ${timeoutMs} ms by the native SDK`, 'timeout'), timeoutMs)
    const onConnect = (handle?: number | boolean) => {
      clearTimeout(timer)
      if (typeof handle !== 'number') return fail('the native SDK got no connection, and does not say why', 'host')
      // Too late for whoever asked, and nobody else would close it.
      if (isOver) return sdk.close(handle)
      connection = new NativeConnection(sdk, handle)
      resolve(connection)
    }
    try {
      sdk.dial(service, false, onConnect, bytes => connection?.receive(bytes))
    } catch (error) {
      clearTimeout(timer)
      fail(`the native SDK does not dial (${error instanceof Error ? error.message : error})`, 'host')
    }
  })
}
