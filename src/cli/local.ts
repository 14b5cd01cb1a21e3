import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError, UsageError } from '../errors.js'
import { localFiles } from '../flows/local.js'
import type { LocalDeployment } from '../model/deployment.js'
import { type Docker, openDocker } from '../tools/docker.js'
import { nodeFiles } from './files.js'
import { type Interpreted, interpret, readSpecFile, requireText, type SpecFile, shownPath } from './workspace.js'

/** The local Prometheus of a spec file, and where its files are. */
export type LocalPlace = {
  readonly file: SpecFile
  readonly interpreted: Interpreted
  readonly local: LocalDeployment
  /** Absolute. */
  readonly folder: string
}

/** Reads the spec; one without a local Prometheus is a UsageError. */
export async function findLocal(flag: string): Promise<LocalPlace> {
  const file = await readSpecFile(flag)
  const interpreted = await interpret(requireText(file), file, [])
  const { local } = interpreted.deployments
  if (local === undefined) {
    throw new UsageError(`${file.shown} has no local Prometheus`, 'add one with "zprom init local"')
  }
  return { file, interpreted, local, folder: join(interpreted.inputs.outDir, 'local') }
}

/** Looks that everything is there that the container mounts: Docker would make folders of what is missing. */
export async function prepareLocal({ local, interpreted, file, folder }: LocalPlace): Promise<void> {
  const { identity } = localFiles(local, interpreted.inputs.outDir)
  if ((await nodeFiles.read(identity)) === undefined) {
    const shown = shownPath(file, interpreted.spec, local.prometheus.path)
    throw new FileError(`${shown}: the identity of the local Prometheus is not here`, identity, 'run "zprom apply"')
  }
  await mkdir(join(folder, 'data'), { recursive: true })
}

/** The person's Docker engine; how to do without one is said with the failure. */
export function dockerFor({ file, interpreted }: Pick<LocalPlace, 'file' | 'interpreted'>): Promise<Docker> {
  return openDocker(shownPath(file, interpreted.spec, 'local/docker-run.sh'))
}
