import { join } from 'node:path'
import { deploymentsOf } from '../expand/index.js'
import type { ConvergeInputs } from '../flows/converge.js'
import { isThere } from '../flows/output-folder.js'
import type { EnrollmentWish } from '../model/topology.js'
import { helmReleases } from '../render/index.js'
import { counted } from '../report/counted.js'
import type { Spec } from '../spec/schema.js'
import { nodeFiles } from './files.js'

/** The identity files and tokens of an item of the spec that are not in the output folder; paths relative to it. */
export async function findMissing({ topology, outDir }: ConvergeInputs, item: string): Promise<ReadonlySet<string>> {
  const paths = topology.enrollments.filter(({ origin }) => origin === item).map(({ path }) => path)
  const there = await Promise.all(paths.map(path => isThere(join(outDir, path), { files: nodeFiles })))
  return new Set(paths.filter((_, index) => there[index] === false))
}

/** ` (missing)` behind a path at which nothing is. */
export async function missingMark({ path, origin }: EnrollmentWish, inputs: ConvergeInputs): Promise<string> {
  return (await findMissing(inputs, origin)).has(path) ? ' (missing)' : ''
}

/** What a person does next with a cluster: install it, give people access, prove it. `missing`: paths at which nothing is. */
export function formatNextSteps(
  spec: Spec,
  { topology, shown }: Pick<ConvergeInputs, 'topology' | 'shown'>,
  name: string,
  missing: ReadonlySet<string>,
): string {
  const cluster = deploymentsOf(spec).clusters.find(one => one.name === name)
  if (cluster === undefined) return ''
  const releases = helmReleases(cluster).map(({ release }) => release.name)
  // One that is not here was used: its pod is enrolled.
  const token = cluster.zitiHost?.secret === undefined ? cluster.zitiHost?.path : undefined
  const files = topology.enrollments.filter(({ by, origin }) => by === 'file' && origin === `cluster/${name}`)
  return [
    '',
    `Next, install ${releases.join(', ')} into ${name} (namespace ${cluster.namespace}):`,
    `  zprom install ${name}${cluster.context === undefined ? ' --context CONTEXT' : ''}`,
    `  or, anywhere: ${shown(`${name}/install.sh`)}`,
    ...(token === undefined || missing.has(token) ? [] : [`  ${shown(token)} is a one-time token: use it soon`]),
    ...files
      .filter(({ path }) => missing.has(path))
      .map(({ path, identity }) => `  missing: ${shown(path)}; copy it here, or: zprom apply --re-enroll ${identity}`),
    ...(spec.developers.length === 0 ? ['zprom dev-identity dev.client   gives a person access'] : []),
    'zprom verify                    proves that every identity sees its services',
  ].join('\n')
}

/** What a person does next with the local Prometheus: start it, look at it. `missing`: paths at which nothing is. */
export function formatLocalSteps(
  spec: Spec,
  { shown }: Pick<ConvergeInputs, 'shown'>,
  missing: ReadonlySet<string>,
): string {
  const { local } = deploymentsOf(spec)
  if (local === undefined) return ''
  const { identity, path, service } = local.prometheus
  const place = local.dark
    ? `http://${service}/targets, on a machine whose tunneler may dial it`
    : `http://127.0.0.1:${local.port}/targets`
  return [
    '',
    `Next, start it with Docker; it scrapes ${counted(local.scraper.jobs.length, 'target')}:`,
    '  zprom local up',
    `  or, without zprom: ${shown('local/docker-run.sh')}`,
    ...(missing.has(path) ? [`  missing: ${shown(path)}; copy it here, or: zprom apply --re-enroll ${identity}`] : []),
    `then look at ${place}`,
    ...(local.dark && spec.developers.length === 0 ? ['zprom dev-identity dev.client   gives a person access'] : []),
    'zprom add-target NAME --to local   has it scrape more; zprom targets shows who scrapes what',
  ].join('\n')
}
