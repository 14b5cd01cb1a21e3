import type { VisibleService } from '../model/check.js'

/** The services of an identity in the form that the article prints them. */
export function formatServices(services: readonly VisibleService[]): string {
  return services
    .map(({ service, intercepts }) =>
      [`Service Name: ${service}`, ...intercepts.map(address => `   Intercept: ${address}`)].join('\n'),
    )
    .join('\n')
}
