// A cluster's Prometheus as far as an API server knows it: its ConfigMap, in a namespace of its own.
import { deploymentsOf } from '../../src/expand/deployments.js'
import { applyLive, type LiveDeps, type LiveRequest } from '../../src/flows/live.js'
import type { ClusterDeployment } from '../../src/model/deployment.js'
import type { LiveReport } from '../../src/model/live.js'
import type { SpecInput } from '../../src/spec/schema.js'
import type { KubeContext, TestKube } from './kube.js'
import { specOf } from './spec-builder.js'

export const server = 'prometheuz-prometheus-server'

/** What the chart writes when nothing is added. */
export const chartConfig = `global:
  evaluation_interval: 1m
  scrape_interval: 1m
  scrape_timeout: 10s
rule_files:
- /etc/config/recording_rules.yml
scrape_configs:
- job_name: prometheus
  static_configs:
  - targets:
    - localhost:9090
`

/** kubeA as a spec has it, behind a context; `scrape` are the targets, its own workload and that of kubeB unless given. */
export function kubeA(
  namespace: string,
  {
    scrape = ['kubeA.reflect', 'kubeB.reflect'],
    dark = false,
    context = 'kubeA-ctx',
  }: { scrape?: string[]; dark?: boolean; context?: string | null } = {},
): ClusterDeployment {
  const input: SpecInput = {
    clusters: [
      {
        name: 'kubeA',
        prometheus: dark ? 'dark' : 'tunneled',
        namespace,
        scrape,
        ...(context !== null && { context }),
      },
      { name: 'kubeB', prometheus: 'dark', namespace },
    ],
  }
  const [cluster] = deploymentsOf(specOf(input)).clusters
  if (cluster === undefined) throw new Error('the spec has no cluster')
  return cluster
}

/** One namespace with what a case needs. */
export class LiveWorld {
  readonly said: string[] = []
  readonly diffs: string[] = []

  constructor(
    readonly kube: TestKube,
    readonly namespace: string,
    readonly configMap: string = server,
  ) {}

  static async make(kube: TestKube, text?: string): Promise<LiveWorld> {
    const world = new LiveWorld(kube, await kube.newNamespace())
    if (text !== undefined) {
      await world.kubectl(
        'create',
        'configmap',
        server,
        `--from-literal=prometheus.yml=${text}`,
        '--from-literal=alerts={}',
      )
    }
    return world
  }

  kubectl(...args: string[]): Promise<string> {
    return this.kube.kubectl('kubeA-ctx', '--namespace', this.namespace, ...args)
  }

  /** The text that Prometheus would read. */
  async text(): Promise<string> {
    const { data } = JSON.parse(await this.kubectl('get', 'configmap', this.configMap, '--output', 'json'))
    return data['prometheus.yml']
  }

  /** Writes the text as somebody else would. */
  async edit(text: string): Promise<void> {
    const patch = { data: { 'prometheus.yml': text } }
    await this.kubectl('patch', 'configmap', this.configMap, '--type', 'merge', '--patch', JSON.stringify(patch))
  }

  /** Has it say whose it is, as the values of zprom do. */
  async mark(cluster: string, stack: string): Promise<void> {
    const patch = { data: { 'zprom.yml': JSON.stringify({ cluster, stack }) } }
    await this.kubectl('patch', 'configmap', this.configMap, '--type', 'merge', '--patch', JSON.stringify(patch))
  }

  apply(request: Partial<LiveRequest> = {}, deps: Partial<LiveDeps> = {}): Promise<LiveReport> {
    const context = request.context ?? ('kubeA-ctx' satisfies KubeContext)
    const cluster = request.cluster ?? kubeA(this.namespace, { context })
    const wanted = cluster.scraper.jobs
    return applyLive(
      { cluster, context, wanted, gone: [], waitMs: 0, ...request },
      {
        confirm: async ({ diff }) => {
          this.diffs.push(diff)
          return true
        },
        listener: event => {
          if (event.type === 'waiting') this.said.push(event.text)
        },
        now: Date.now,
        signal: new AbortController().signal,
        env: this.kube.env,
        pollMs: 50,
        ...deps,
      },
    )
  }
}
