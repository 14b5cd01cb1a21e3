// Builds the programs that cases run (helm, kubectl, a Kubernetes API server), so that the suite finds them in the cache.
import { prepareTools } from '../test/support/tools.js'

const started = Date.now()
await prepareTools(line => console.log(line))
console.log(`ready after ${((Date.now() - started) / 1000).toFixed(1)} s`)
