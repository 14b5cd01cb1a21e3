// What a tunneler does: services behind local ports, and local ports behind services.

export { type CallDetails, type Dialled, readAppData, writeAppData } from './app-data.js'
export { type Elsewhere, keyOf } from './elsewhere.js'
export { backendOf, type HostConfig, readHostConfig, readListenOptions } from './host-config.js'
export { joinStreams } from './join.js'
export { type Offer, offerPort } from './offer.js'
export { type Destination, findDestination, type Naming } from './place.js'
export { dialOptions, type LocalPort, openLocalPort } from './ports.js'
