import { createHash } from 'node:crypto'
import { ToolError } from '../errors.js'
import type { LocalDeployment } from '../model/deployment.js'
import { dockerRunArguments, localContainer } from '../render/index.js'
import type { Container, Docker } from '../tools/docker.js'

/** What became of the container. */
export type LocalState = 'started' | 'replaced' | 'unchanged'

/** The local Prometheus of a spec, its files, and the numbers of the person it runs as. */
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
 * replaced, and its data stays. One that can't be replaced goes on. Throws ToolError; also for a container that is not ours.
 */
export async function startLocal(inputs: LocalInputs, docker: Docker, pause: Pause): Promise<LocalState> {
  const { local, folder, mounted, uid, gid } = inputs
  // In a rootless engine user 0 is the person, and the person's own number is somebody else's.
  const user = (await docker.rootless()) ? '0:0' : `${uid}:${gid}`
  const runArguments = dockerRunArguments(local, { folder, user })
  const checksum = createHash('sha256')
    .update(JSON.stringify([runArguments, mounted]))
    .digest('hex')
    .slice(0, 16)
  const there = await docker.inspect(localContainer)
  refuseForeign(there, folder)
  if (there?.steady === true && there.marks?.checksum === checksum) return 'unchanged'
  if (there !== undefined) await docker.setAside(localContainer, asideName)
  try {
    await docker.run(runArguments, { checksum, folder })
    await settle(docker, pause)
  } catch (error) {
    await docker.remove(localContainer).catch(() => undefined)
    if (there !== undefined) await docker.putBack(asideName, localContainer)
    throw error
  }
  if (there !== undefined) await docker.remove(asideName)
  return there === undefined ? 'started' : 'replaced'
}

/** Waits a while; milliseconds. */
export type Pause = (ms: number) => Promise<void>

const asideName = `${localContainer}-before`
// A configuration or an identity that it can't read ends it within a second.
const looks = 8
const lookEveryMs = 250

async function settle(docker: Docker, pause: Pause): Promise<void> {
  for (let look = 0; look < looks; look++) {
    await pause(lookEveryMs)
    const container = await docker.inspect(localContainer)
    if (container?.steady === true) continue
    const said = await docker.lastLog(localContainer)
    throw new ToolError(
      `the local Prometheus ended as soon as it was started: ${said}`,
      'docker run',
      'look at its configuration; one that ran before goes on',
    )
  }
}

/** Stops the local Prometheus of a folder; its data stays. Whether there was one. Throws ToolError for one that is not ours. */
export async function stopLocal(folder: string, docker: Docker): Promise<boolean> {
  const there = await docker.inspect(localContainer)
  if (there === undefined) return false
  refuseForeign(there, folder)
  await docker.remove(localContainer)
  return true
}

function refuseForeign(there: Container | undefined, folder: string): void {
  if (there === undefined || there.marks?.folder === folder) return
  const whose = there.marks === undefined ? 'zprom did not start it' : `it is the one of ${there.marks.folder}`
  throw new ToolError(
    `there is a container named ${localContainer}, and ${whose}`,
    'docker',
    `stop it there, or remove it with: docker rm --force ${localContainer}`,
  )
}
