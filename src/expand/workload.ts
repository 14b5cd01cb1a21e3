import type { Workload } from '../spec/schema.js'
import { bindPolicy, dialPolicy, identity, intercept, type Part, service } from './fields.js'
import { workloadNames } from './names.js'

/** A zitified workload: one service for its users and one for scrapes, both hosted by the workload itself. */
export function expandWorkload(cluster: string, workload: Workload): Part {
  const names = workloadNames(cluster, workload.name)
  const self = `@${names.identity}`
  const clients = `#${workload.clients}`
  return {
    entities: [
      identity(names.identity),
      intercept(names.intercept, names.host),
      // The scrape terminator carries the identity's name, so a dial has to ask for it.
      intercept(names.scrapeIntercept, names.scrapeHost, names.identity),
      service(names.service, [names.intercept], [names.serviceAttribute]),
      service(names.scrapeService, [names.scrapeIntercept]),
      bindPolicy(names.bind, names.service, self),
      bindPolicy(names.scrapeBind, names.scrapeService, self),
      dialPolicy(names.dial, names.service, clients),
      dialPolicy(names.scrapeDial, names.scrapeService, clients),
    ],
    enrollments: [{ identity: names.identity, by: 'file', path: `${cluster}/${names.identity}.json` }],
  }
}
