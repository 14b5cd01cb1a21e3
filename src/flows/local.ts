import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { LocalDeployment } from '../model/deployment.js'
import { dockerRunArguments, localContainer } from '../render/index.js'
import type { Docker } from '../tools/docker.js'

/** What became of the container. */
export type LocalState = 'started' | 'started anew' | 'reloaded'

export type LocalInputs = {
  readonly local: LocalDeployment
  /** Absolute path of the folder of the local Prometheus. */
  readonly folder: string
  readonly uid: number
  readonly gid: number
}

/**
 * Has the local Prometheus run as the spec says. One that does already only reads its configuration again, so its data and
 * its uptime stay; one that was started otherwise is replaced, and only its data stays. Throws ToolError.
 */
export async function startLocal({ local, folder, uid, gid }: LocalInputs, docker: Docker): Promise<LocalState> {
  // In a rootless engine user 0 is the person, and the person's own number is somebody else's.
  const user = (await docker.rootless()) ? '0:0' : `${uid}:${gid}`
  const runArguments = dockerRunArguments(local, { folder, user })
  const checksum = createHash('sha256').update(JSON.stringify(runArguments)).digest('hex').slice(0, 16)
  const there = await docker.inspect(localContainer)
  if (there?.running === true && there.checksum === checksum) {
    await docker.hangUp(localContainer)
    return 'reloaded'
  }
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

/** The files that must be in the folder before it can start, as paths. */
export function localFiles({ prometheus }: LocalDeployment, outDir: string): { identity: string; config: string } {
  return { identity: join(outDir, prometheus.path), config: join(outDir, 'local', 'prometheus.yml') }
}
