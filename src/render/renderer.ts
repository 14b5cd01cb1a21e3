import type { Artefact } from '../model/artefact.js'
import type { ClusterDeployment, LocalDeployment } from '../model/deployment.js'

/** One kind of artefact of a cluster. Pure: the same deployment, the same bytes. */
export type ClusterRenderer = {
  readonly name: string
  readonly summary: string
  render(cluster: ClusterDeployment): Artefact[]
}

/** One kind of artefact of the local Prometheus. */
export type LocalRenderer = {
  readonly name: string
  readonly summary: string
  render(local: LocalDeployment): Artefact[]
}
