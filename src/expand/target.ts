import type { Target } from '../spec/schema.js'
import { bindPolicy, dialPolicy, hostTcp, identity, intercept, type Part, service, splitAddress } from './fields.js'
import { targetNames } from './names.js'

/**
 * Something that the overlay does not know by itself, offered by an identity near it. Its terminator carries no identity:
 * one host needs none to be told apart, and identities may have names that no scrape target can hold.
 */
export function expandTarget(target: Target): Part {
  const names = targetNames(target.name)
  const { host, port: hostPort } = splitAddress(target.address)
  const port = target.scheme === 'https' ? 443 : 80
  return {
    entities: [
      intercept(names.intercept, names.host, undefined, port),
      hostTcp(names.hostConfig, host, hostPort),
      service(names.service, [names.intercept, names.hostConfig]),
      dialPolicy(names.dial, names.service, `#${target.clients}`),
      bindPolicy(names.bind, names.service, `@${target.hostedBy}`),
    ],
    enrollments: [],
  }
}

/** An identity that hosts targets; whoever runs it there enrolls, so zprom keeps the token. */
export function expandHost(name: string): Part {
  return {
    entities: [identity(name)],
    enrollments: [{ identity: name, by: 'token', path: `hosts/${name}.jwt` }],
  }
}
