// Real programs that the cases run: built from the published Go modules into the cache of zprom, once per version.
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import envPaths from 'env-paths'
import { execa } from 'execa'

const kubernetesFolder = fileURLToPath(new URL('../tools/kubernetes/', import.meta.url))

/** What can be built, with how long that takes the first time on two cores. */
type Build = {
  readonly name: string
  readonly version: string
  readonly programs: readonly string[]
  readonly minutes: number
  /** Builds every program into the folder. */
  into(folder: string): Promise<void>
}

/** Where the programs are that are built already; undefined for one that is not. */
export type Tools = {
  readonly kubeApiserver: string | undefined
  readonly kubectl: string | undefined
  readonly helm3: string | undefined
  readonly helm4: string | undefined
}

/** How to get what is missing; for the reason of a skipped case. */
export const howToBuild = 'build it with: node --import tsx scripts/prepare-tools.ts'

/** What is there. Builds nothing: that is for scripts/prepare-tools.ts, outside the time-out of any case. */
export async function findTools(): Promise<Tools> {
  const kubernetes = await kubernetesBuild()
  const [kubeApiserver, kubectl] = await Promise.all(kubernetes.programs.map(name => present(kubernetes, name)))
  const [helm3, helm4] = await Promise.all(helmBuilds.map(build => present(build, 'helm')))
  return { kubeApiserver, kubectl, helm3, helm4 }
}

/** Builds what is missing. Without Go, nothing: the cases that need it are skipped. */
export async function prepareTools(say: (line: string) => void): Promise<void> {
  const missing: Build[] = []
  for (const build of [...helmBuilds, await kubernetesBuild()]) {
    if (!(await exists(placeOf(build)))) missing.push(build)
  }
  if (missing.length === 0) return
  if ((await execa('go', ['version'], { reject: false })).failed) {
    say(`no Go, so without ${missing.map(describe).join(', ')}: cases that need them are skipped`)
    return
  }
  for (const build of missing) await make(build, say)
}

const helmBuilds: readonly Build[] = [helmBuild('3.22.0', 3), helmBuild('4.3.1', 3)]

function helmBuild(version: string, minutes: number): Build {
  const program = `helm.sh/helm/v${version.slice(0, 1)}/cmd/helm@v${version}`
  return {
    name: 'helm',
    version,
    programs: ['helm'],
    minutes,
    into: folder => go(['install', '-trimpath', '-ldflags', '-s -w', program], { GOBIN: folder }),
  }
}

async function kubernetesBuild(): Promise<Build> {
  const module = await readFile(join(kubernetesFolder, 'go.mod'), 'utf8')
  const version = /^\s*k8s\.io\/kubernetes v([\d.]+)/m.exec(module)?.[1]
  if (version === undefined) throw new Error('test/tools/kubernetes/go.mod names no version of k8s.io/kubernetes')
  const [major, minor] = version.split('.')
  // Without these it says that it is of no version, and helm asks for one (`kubeVersion` of a chart).
  const said = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor }
  const flags = Object.entries(said).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`)
  const programs = ['kube-apiserver', 'kubectl']
  return {
    name: 'kubernetes',
    version,
    programs,
    minutes: 10,
    into: folder =>
      go([
        ...['build', '-trimpath', '-ldflags', ['-s -w', ...flags].join(' '), '-o', `${folder}/`],
        ...programs.map(name => `k8s.io/kubernetes/cmd/${name}`),
      ]),
  }
}

async function go(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  await execa('go', [...args], { cwd: kubernetesFolder, env: { CGO_ENABLED: '0', ...env }, stdin: 'ignore' })
}

async function make(build: Build, say: (line: string) => void): Promise<void> {
  say(`building ${describe(build)} with Go; once, and it takes up to ${build.minutes} minutes`)
  const place = placeOf(build)
  await mkdir(dirname(place), { recursive: true })
  // Under another name until it is whole, so that a build that was cut off is never taken for a program.
  const unfinished = await mkdtemp(`${place}.`)
  try {
    await build.into(unfinished)
    await rename(unfinished, place)
  } catch (error) {
    if (!(await exists(place))) throw error // else another run was faster
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

function describe({ programs, version }: Build): string {
  return `${programs.join(' and ')} ${version}`
}

function placeOf({ name, version }: Build): string {
  return join(envPaths('zprom', { suffix: '' }).cache, 'tools', `${name}-${version}`)
}

async function present(build: Build, program: string): Promise<string | undefined> {
  const path = join(placeOf(build), program)
  return (await exists(path)) ? path : undefined
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
