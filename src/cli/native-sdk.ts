import { Flags } from '@oclif/core'
import type { Overlay } from '../edge/index.js'

/** Flag of the commands that dial for a person. */
export const sdkFlag = {
  sdk: Flags.option({
    options: ['own', 'native'] as const,
    description: "Data plane: zprom's own, or the package @openziti/ziti-sdk-nodejs where that is installed",
    default: 'own',
  })(),
}

/** The overlay by the native SDK, for the identity of a file. Throws ToolError when the SDK is not there or does not load. */
export async function useNativeSdk(own: Overlay, identityPath: string): Promise<Overlay> {
  const { loadNativeSdk, openNativeOverlay } = await import('../native/index.js')
  // By a name that the bundler can't see: it must be looked for when it is wanted, and not be taken in.
  const sdk = await loadNativeSdk(name => import(name))
  return openNativeOverlay({ sdk, identityPath, own })
}
