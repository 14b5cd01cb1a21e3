import { bindPolicy, dialPolicy, identity, intercept, type Part, service } from './fields.js'
import { prometheusClients, prometheusNames } from './names.js'

/** A Prometheus that listens on the overlay alone, with its own identity. */
export function expandDarkPrometheus(cluster: string, dialAttributes: readonly string[]): Part {
  const names = prometheusNames(cluster)
  return {
    entities: [
      identity(names.identity, dialAttributes),
      // prometheuz binds under its identity's name, so a dial has to ask for it.
      intercept(names.intercept, names.host, names.identity),
      service(names.service, [names.intercept]),
      dialPolicy(names.dial, names.service, `#${prometheusClients}`),
      bindPolicy(names.bind, names.service, `@${names.identity}`),
    ],
    enrollments: [{ identity: names.identity, by: 'file', path: `${cluster}/${names.identity}.json` }],
  }
}
