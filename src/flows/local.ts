import { createHash } from 'node:crypto'
import type { LocalDeployment } from '../model/deployment.js'
import { dockerRunArguments, localContainer } from '../render/index.js'
import type { Docker } from '../tools/docker.js'

/** What became of the container. */
export type LocalState = 'started' | 'started anew' | 'as it was'

export type LocalInputs = {
  readonly local: LocalDeployment
  /** Absolute path of the folder of the local Prometheus. */
  readonly folder: string
  /** Texts of the files that are mounted. A mounted file stays the one it was when another takes its place on disk. */
  readonly mounted: readonly string[]
  readonly uid: number
  readonly gid: number
}

/**
 * Has the local Prometheus run as the spec says. One that does already, with the same files, is left alone; any other is
 * replaced, and its data stays. Throws ToolError.
 */
export async function startLocal(
  { local, folder, mounted, uid, gid }: LocalInputs,
  docker: Docker,
): Promise<LocalState> {
  // In a rootless engine user 0 is the person, and the person's own number is somebody else's.
  const user = (await docker.rootless()) ? '0:0' : `${uid}:${gid}`
  const runArguments = dockerRunArguments(local, { folder, user })
  const checksum = createHash('sha256')
    .update(JSON.stringify([runArguments, mounted]))
    .digest('hex')
    .slice(0, 16)
  const there = await docker.inspect(localContainer)
  if (there?.running === true && there.checksum === checksum) return 'as it was'
  if (there !== undefined) await docker.remove(localContainer)
  await docker.run(runArguments, checksum)
  return there === undefined ? 'started' : 'started anew'
}

/** Stops the local Prometheus; its data stays. Whether there was one. */
export async function stopLocal(docker: Docker): Promise<boolean> {
  if ((await docker.inspect(localContainer)) === undefined) return false
  await docker.remove(localContainer)
  return true
}
