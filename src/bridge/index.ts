export { type Access, formatAccess } from './access-log.js'
export type { BridgeLimits } from './context.js'
export { type Bridge, type BridgeOptions, startBridge } from './server.js'
