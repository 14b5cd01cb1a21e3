import { identity, type Part } from './fields.js'
import { zitiHostNames } from './names.js'

/** The identity that hosts a tunneled Prometheus; its pod enrolls it, so zprom keeps the token. */
export function expandZitiHost(cluster: string): Part {
  const names = zitiHostNames(cluster)
  return {
    entities: [identity(names.identity, [names.attribute])],
    enrollments: [{ identity: names.identity, by: 'token', path: `${cluster}/${names.identity}.jwt` }],
  }
}
