export { openNativeOverlay } from './overlay.js'
export { loadNativeSdk, nativePackage } from './sdk.js'
