import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import envPaths from 'env-paths'
import { until } from './world-checks.js'

/** A real Docker engine of its own, with no network and nothing in it but what a test puts there. */
export type TestDocker = {
  /** Has docker talk to this engine: PATH and DOCKER_HOST. */
  readonly env: Readonly<Record<string, string>>
  /** Runs docker; its stdout. */
  docker(...args: readonly string[]): string
  /** What a container has said so far. */
  logs(container: string): string
  stop(): Promise<void>
}

// Where scripts/test unpacks the engine when the machine has none.
const unpacked = join(envPaths('zprom', { suffix: '' }).cache, 'tools', 'docker-engine', 'usr')
const path = [join(unpacked, 'bin'), join(unpacked, 'sbin'), process.env.PATH ?? ''].join(delimiter)

/** Why no engine can be started here; undefined when one can. */
export function whyNoDocker(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, as every Docker engine with its own data does'
  for (const program of ['dockerd', 'docker', 'prometheus']) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH: path }, stdio: 'ignore' })
    } catch {
      return `${program} is not installed`
    }
  }
  return undefined
}

/** Starts an engine that leaves the machine's network alone, and waits until it answers. Throws with its log when it ends. */
export async function startDocker(): Promise<TestDocker> {
  const home = await mkdtemp(join(tmpdir(), 'zprom-docker-'))
  const host = `unix://${home}/docker.sock`
  const env = { PATH: path, DOCKER_HOST: host, DOCKER_CONFIG: join(home, 'config') }
  const folders = ['--data-root', join(home, 'data'), '--exec-root', join(home, 'exec'), '--pidfile', join(home, 'pid')]
  const network = ['--bridge=none', '--iptables=false', '--ip6tables=false']
  let log = ''
  const engine = spawn('dockerd', ['--host', host, ...folders, ...network, '--storage-driver=vfs'], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [engine.stdout, engine.stderr]) stream.setEncoding('utf8').on('data', text => (log += text))
  const ended = new Promise<void>(resolve => {
    engine.on('close', () => resolve())
    engine.on('error', () => resolve())
  })
  const docker = (...args: readonly string[]) =>
    execFileSync('docker', [...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const logs = (container: string) => {
    const { stdout, stderr } = spawnSync('docker', ['logs', container], { env, encoding: 'utf8' })
    return stdout + stderr
  }
  const stop = async () => {
    engine.kill('SIGTERM')
    await ended
    await rm(home, { recursive: true, force: true })
  }
  await until('dockerd answers', () => {
    if (engine.exitCode !== null) throw new Error(`dockerd ended:\n${log}`)
    return log.includes('API listen on')
  })
  return { env, docker, logs, stop }
}

/**
 * Puts the image that the article runs into the engine, as far as its shape matters to Docker: user, volume, entry point and
 * arguments of prometheuz, with the machine's Prometheus inside, for the published image is out of reach.
 */
export async function importPrometheus({ docker, env }: TestDocker): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'zprom-image-'))
  try {
    const program = execFileSync('sh', ['-c', 'command -v prometheus'], { env, encoding: 'utf8' }).trim()
    const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/lib\S*/g) ?? []
    for (const file of libraries) {
      await mkdir(join(root, dirname(file)), { recursive: true })
      await cp(file, join(root, file), { dereference: true })
    }
    for (const folder of ['bin', 'etc/prometheus', 'prometheus', 'tmp'])
      await mkdir(join(root, folder), { recursive: true })
    await cp(program, join(root, 'bin/prometheus'), { dereference: true })
    const archive = `${root}.tar`
    execFileSync('tar', ['-C', root, '--owner=65534', '--group=65534', '-cf', archive, '.'])
    const start = ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus']
    docker(
      'import',
      ...['--change', 'USER 65534', '--change', 'VOLUME /prometheus', '--change', 'WORKDIR /prometheus'],
      ...['--change', 'ENTRYPOINT ["/bin/prometheus"]', '--change', `CMD ${JSON.stringify(start)}`],
      ...[archive, 'openziti/prometheuz:latest'],
    )
    await rm(archive)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
