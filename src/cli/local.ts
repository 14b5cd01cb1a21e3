import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError, UsageError } from '../errors.js'
import { requireUsableIdentity } from '../flows/identity-file.js'
import type { LocalDeployment } from '../model/deployment.js'
import { localConfigFile } from '../render/index.js'
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

/** Looks that everything is there that the container mounts, for Docker would make folders of what is missing; its texts. */
export async function prepareLocal({ local, interpreted, file, folder }: LocalPlace): Promise<string[]> {
  const paths = [local.prometheus.path, `local/${localConfigFile}`]
  await mkdir(join(folder, 'data'), { recursive: true })
  const texts = await Promise.all(
    paths.map(async path => {
      const text = await nodeFiles.read(join(interpreted.inputs.outDir, path))
      if (text !== undefined) return text
      throw new FileError(`${shownPath(file, interpreted.spec, path)} is not here`, path, 'run "zprom apply"')
    }),
  )
  const { path, identity } = local.prometheus
  // A stock Prometheus reads none; what carries it reads those of later releases too.
  if (local.form.kind === 'prometheuz')
    requireUsableIdentity({ text: texts[0] ?? '', path, shown: shownPath(file, interpreted.spec, path), identity })
  return texts
}

/** The person's Docker engine; how to do without one is said with the failure. */
export function dockerFor({ file, interpreted }: Pick<LocalPlace, 'file' | 'interpreted'>): Promise<Docker> {
  return openDocker(shownPath(file, interpreted.spec, 'local/docker-run.sh'))
}
