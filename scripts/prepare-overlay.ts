// Builds what the tests run on, by the tests' own code, so that their run finds it in the cache.
import { prepareOverlay } from '../test/support/overlay.js'

const started = Date.now()
await prepareOverlay()
console.log(`ready after ${((Date.now() - started) / 1000).toFixed(1)} s`)
