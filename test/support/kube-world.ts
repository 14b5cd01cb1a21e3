import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { loadAll } from 'js-yaml'
import { stringify } from 'yaml'
import type { SpecInput } from '../../src/spec/schema.js'
import { type ChartRepository, sharedCharts } from './charts.js'
import type { Person, Ran } from './cli.js'
import { useWorld } from './cli-world.js'
import { type KubeContext, sharedKube, type TestKube, whyNoKube } from './kube.js'
import { requires } from './requires.js'

/** What the cases of one file share: two real clusters, the charts, and somebody whose overlay has the article's clusters. */
export type Clusters = {
  readonly kube: TestKube
  readonly charts: ChartRepository
  /** Has kubeA and kubeB of the article in zprom.yaml, enrolled; PATH with helm and kubectl. */
  readonly person: Person
  /** The namespace of the case. */
  readonly namespace: string
  /** Writes the spec with this in place of the article's, and renders. */
  spec(change?: (spec: ClusterSpec) => SpecInput): Promise<void>
  zprom(args: readonly string[], options?: Parameters<Person['run']>[1]): Promise<Ran>
  /** Runs a rendered script as a person would: from elsewhere, by its path. */
  script(path: string, args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  /** Runs helm in the folder of a cluster. */
  helm(cluster: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  /** The bytes of a file in the output folder. */
  file(path: string): Promise<Buffer>
  /** An object of the case's namespace, or undefined. */
  get(context: KubeContext, kind: string, name: string): Promise<KubeObject | undefined>
}

/** The article's spec for the cases: two clusters. */
export type ClusterSpec = {
  readonly stack: string
  readonly charts: ChartRepository['charts']
  readonly clusters: readonly [KubeCluster, KubeCluster]
}

type KubeCluster = {
  readonly name: string
  readonly prometheus: 'tunneled' | 'dark'
  readonly context: string
  readonly namespace: string
}

/** As much of an object as cases look at. */
export type KubeObject = {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly resourceVersion?: string; readonly deletionTimestamp?: string }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

/** Gives the suite it is called in two clusters, and each case a namespace. */
export function useClusters(): Clusters {
  const world = useWorld({ keepPeople: true })
  let kube: TestKube | undefined
  let charts: ChartRepository | undefined
  let person: Person | undefined
  let namespace = ''
  before(async function () {
    this.timeout(150_000)
    const missing = await whyNoKube()
    requires(this, missing === undefined, missing ?? '')
    kube = await sharedKube()
    charts = await sharedCharts(kube)
    person = await world.worker()
    await mkdir(join(person.folder, 'elsewhere'))
    await writeSpec(spec => spec)
    await clusters.zprom(['apply', '--yes'])
  })
  beforeEach(async () => {
    namespace = await here(kube).newNamespace()
    await clusters.spec()
  })
  // What is not in a namespace would be in the way of the next case.
  afterEach(async () => {
    for (const context of ['kubeA-ctx', 'kubeB-ctx'] as const)
      await here(kube).kubectl(context, 'delete', 'clusterrole,clusterrolebinding', '--selector', 'app=prometheus')
  })
  const writeSpec = async (change: (spec: ClusterSpec) => SpecInput) => {
    const place = { namespace: namespace || 'default' }
    const spec: ClusterSpec = {
      stack: 'cases',
      charts: here(charts).charts,
      clusters: [
        { name: 'kubeA', prometheus: 'tunneled', context: 'kubeA-ctx', ...place },
        { name: 'kubeB', prometheus: 'dark', context: 'kubeB-ctx', ...place },
      ],
    }
    await here(person).write('zprom.yaml', stringify(change(spec)))
  }
  const clusters: Clusters = {
    get kube() {
      return here(kube)
    },
    get charts() {
      return here(charts)
    },
    get person() {
      return here(person)
    },
    get namespace() {
      return namespace
    },
    spec: async (change = spec => spec) => {
      await writeSpec(change)
      const ran = await clusters.zprom(['render', '--force'])
      assert.equal(ran.code, 0, ran.stderr)
    },
    zprom: (args, options = {}) => here(person).run(args, { ...options, env: { ...here(kube).env, ...options.env } }),
    script: (path, args = [], env = {}) =>
      run(join(here(person).folder, path), args, join(here(person).folder, 'elsewhere'), { ...here(kube).env, ...env }),
    helm: (cluster, args, env = here(kube).env) =>
      run('helm', args, join(here(person).folder, 'zprom-out', cluster), env),
    file: path => readFile(join(here(person).folder, 'zprom-out', path)),
    get: async (context, kind, name) => {
      const found = await here(kube).kubectl(
        context,
        ...['--namespace', namespace, 'get', kind, name, '--ignore-not-found', '--output', 'json'],
      )
      return found === '' ? undefined : (JSON.parse(found) as KubeObject)
    },
  }
  return clusters
}

/** The objects in a text of YAML documents. */
export function objectsOf(text: string): KubeObject[] {
  return loadAll(text).filter(one => one !== null && one !== undefined) as KubeObject[]
}

/** Status and revision of a release, such as `deployed 1`; undefined when there is none. */
export async function statusOf(clusters: Clusters, release: string, context: string): Promise<string | undefined> {
  const place = ['--kube-context', context, '--namespace', clusters.namespace, '--output', 'json']
  const { code, stdout } = await clusters.helm('kubeA', ['status', release, ...place])
  return code === 0 ? `${JSON.parse(stdout).info.status} ${JSON.parse(stdout).version}` : undefined
}

/** What was run, ended well. */
export function succeeded({ code, stdout, stderr }: Ran): string {
  assert.equal(code, 0, `${stdout}\n${stderr}`)
  return stdout
}

function here<T>(value: T | undefined): T {
  return value ?? assert.fail('the clusters are not there yet')
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(program, args, {
    cwd,
    env: { ...env, HOME: cwd },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  return { code: exitCode ?? null, signal: null, stdout, stderr }
}
