// A chart repository on loopback, with our own charts (charts/README.md) or those in the folder that ZPROM_CHARTS names.
import { copyFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { TestKube } from './kube.js'

/** Where the charts are served. */
export type ChartRepository = {
  readonly url: string
  /** What a spec has under `charts` to take them from here. */
  readonly charts: { readonly repository: string } & Readonly<Record<'prometheus' | 'reflect' | 'zitiHost', string>>
  /** The package of a chart, for helm template. */
  packageOf(chart: ChartName): string
}

export type ChartName = 'prometheus' | 'reflect' | 'ziti-host'

let shared: Promise<ChartRepository & { stop(): Promise<void> }> | undefined

/** One repository for all cases. */
export function sharedCharts(kube: Pick<TestKube, 'env'>): Promise<ChartRepository> {
  shared ??= serveCharts(kube.env)
  return shared
}

/** Stops it, if it was started. */
export async function stopCharts(): Promise<void> {
  const charts = await shared?.catch(() => undefined)
  await charts?.stop()
}

async function serveCharts(env: TestKube['env']) {
  const folder = await mkdtemp(join(tmpdir(), 'zprom-charts-'))
  const packages = {
    prometheus: await pack('prometheus', folder, env),
    reflect: await pack('reflect', folder, env),
    'ziti-host': await pack('ziti-host', folder, env),
  }
  const server = createServer((asked, answer) => {
    readFile(join(folder, basename(asked.url ?? ''))).then(
      bytes => answer.end(bytes),
      () => answer.writeHead(404).end(),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  await execa('helm', ['repo', 'index', folder, '--url', url], { env })
  const versionOf = (chart: ChartName) => basename(packages[chart], '.tgz').slice(chart.length + 1)
  return {
    url,
    charts: {
      repository: url,
      prometheus: versionOf('prometheus'),
      reflect: versionOf('reflect'),
      zitiHost: versionOf('ziti-host'),
    },
    packageOf: (chart: ChartName) => packages[chart],
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Puts the package of a chart into the folder: one that is there, or one made of its unpacked folder. */
async function pack(chart: ChartName, folder: string, env: TestKube['env']): Promise<string> {
  const from = process.env.ZPROM_CHARTS ?? fileURLToPath(new URL('charts', import.meta.url))
  const names = await readdir(from)
  const ready = names.find(name => name.startsWith(`${chart}-`) && /-\d[^/]*\.tgz$/.test(name))
  if (ready !== undefined) {
    await copyFile(join(from, ready), join(folder, ready))
    return join(folder, ready)
  }
  if (!(await stat(join(from, chart)).catch(() => undefined))?.isDirectory()) throw new Error(`${from} has no ${chart}`)
  const { stdout } = await execa('helm', ['package', join(from, chart), '--destination', folder], { env })
  return stdout.replace(/^.*saved it to: /s, '').trim()
}
