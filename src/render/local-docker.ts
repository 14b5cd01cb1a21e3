import type { LocalDeployment } from '../model/deployment.js'
import { localIdentityFile } from './jobs.js'
import { localConfigFile } from './local-prometheus.js'
import type { LocalRenderer } from './renderer.js'
import { shellCommand, type Word } from './shell.js'
import { printYaml } from './yaml.js'

/**
 * The local Prometheus in Docker, as one line and as a compose file. It runs as the person, not as the image's user, so
 * that it can read an identity file of mode 0600; its data is in a folder beside them for the same reason.
 */
export const localDocker: LocalRenderer = {
  name: 'docker',
  summary: 'docker-run.sh and compose.yaml for the local Prometheus',
  render: local => [
    { path: 'local/docker-run.sh', text: dockerRun(local), executable: true },
    { path: 'local/compose.yaml', text: printYaml(compose(local)) },
  ],
}

/** The name of the container. */
export const localContainer = 'zprom-local'

// There is no other platform of prometheuz, and Docker on an ARM machine has to be told.
const prometheuz = { image: 'openziti/prometheuz:latest', platform: 'linux/amd64' }
const prometheus = { image: 'prom/prometheus:latest', platform: undefined }

function imageOf({ form }: LocalDeployment) {
  return form.kind === 'prometheuz' ? prometheuz : prometheus
}
const serverIdentityFile = '/etc/prometheus/ziti.server.json'

// Host file, path in the container.
function binds({ dark, prometheus, form }: LocalDeployment): (readonly [string, string])[] {
  // The bridge has the identity, and offers a dark one on the overlay.
  if (form.kind === 'prometheus') return [[localConfigFile, '/etc/prometheus/prometheus.yml']]
  const identity = prometheus.path.slice(prometheus.path.lastIndexOf('/') + 1)
  return [
    [localConfigFile, '/etc/prometheus/prometheus.yml'],
    [identity, localIdentityFile],
    ...(dark ? ([[identity, serverIdentityFile]] as const) : []),
  ]
}

// Only the file selects the listener on the overlay; then Prometheus listens nowhere else.
function environment({ dark, prometheus, form }: LocalDeployment): Record<string, string> {
  if (!dark || form.kind === 'prometheus') return {}
  return {
    ZITI_LISTENER_SERVICE_NAME: prometheus.service,
    ZITI_LISTENER_IDENTITY_NAME: prometheus.identity,
    ZITI_LISTENER_IDENTITY_FILE: serverIdentityFile,
  }
}

// A stock Prometheus shares the loopback of the machine, for that is where the bridge listens; and listens there itself.
function serverArguments({ port, form }: LocalDeployment): string[] {
  if (form.kind === 'prometheuz') return []
  return [
    '--config.file=/etc/prometheus/prometheus.yml',
    '--storage.tsdb.path=/prometheus',
    `--web.listen-address=127.0.0.1:${port}`,
  ]
}

type Place = {
  /** Absolute path of the folder of the local Prometheus. */
  readonly folder: string
  /** `UID:GID`, as --user takes it. */
  readonly user: string
}

/** The arguments of the `docker` that starts the local Prometheus in the background and keeps it running. */
export function dockerRunArguments(local: LocalDeployment, place: Place): string[] {
  const options = ['run', '--detach', '--restart', 'unless-stopped']
  const source = (file: string) => `"source=${`${place.folder}/${file}`.replaceAll('"', '""')}"`
  return [
    ...options,
    ...runGroups(local, place.user, file => source(file)).flat(),
    imageOf(local).image,
    ...serverArguments(local),
  ]
}

// What both forms share: in groups, one for each line of a script.
function runGroups(local: LocalDeployment, user: string, source: (file: string) => string): string[][] {
  const mount = (file: string, target: string, more: string) => [
    '--mount',
    // The field is in quotes of CSV, for a folder may have a comma in its name.
    `type=bind,${source(file)},target=${target}${more}`,
  ]
  const { platform } = imageOf(local)
  const isStock = local.form.kind === 'prometheus'
  return [
    ['--name', localContainer, ...(platform === undefined ? [] : ['--platform', platform])],
    ['--user', user],
    ...(isStock ? [['--network', 'host']] : []),
    ...Object.entries(environment(local)).map(([name, value]) => ['--env', `${name}=${value}`]),
    ...(local.dark || isStock ? [] : [['--publish', `127.0.0.1:${local.port}:9090`]]),
    ...binds(local).map(([file, target]) => mount(file, target, ',readonly')),
    mount('data', '/prometheus', ''),
  ]
}

function dockerRun(local: LocalDeployment): string {
  // What the shell fills in stands in double quotes; everything else is quoted word by word.
  const expand = (word: string): Word => (word.includes('$') ? { raw: `"${word.replaceAll('"', '\\"')}"` } : word)
  const groups = runGroups(local, '${ZPROM_USER:-$(id -u):$(id -g)}', file => `"source=$PWD/${file}"`)
  const lines = [
    local.dark && local.form.kind === 'prometheuz'
      ? `# The local Prometheus, on the overlay alone: http://${local.prometheus.service}/targets for who may dial it.`
      : `# The local Prometheus: http://127.0.0.1:${local.port}/targets on this machine.`,
    '# Run it anew after a change of prometheus.yml: what is mounted stays the file that it was.',
    'set -eu',
    'cd "$(dirname "$0")"',
    'mkdir -p data',
    shellCommand([
      ['exec', 'docker', 'run', '--rm'],
      ...groups.map(words => words.map(expand)),
      [imageOf(local).image, ...serverArguments(local)],
    ]),
  ]
  return `#!/bin/sh\n${lines.join('\n')}\n`
}

function compose(local: LocalDeployment) {
  const bind = (source: string, target: string, readOnly: boolean) => ({
    type: 'bind',
    source: `./${source}`,
    target,
    ...(readOnly && { read_only: true }),
    bind: { create_host_path: !readOnly },
  })
  const { image, platform } = imageOf(local)
  const isStock = local.form.kind === 'prometheus'
  const command = serverArguments(local)
  const place = isStock ? { network_mode: 'host' } : { ports: [`127.0.0.1:${local.port}:9090`] }
  return {
    name: localContainer,
    services: {
      [isStock ? 'prometheus' : 'prometheuz']: {
        image,
        ...(platform !== undefined && { platform }),
        container_name: localContainer,
        user: '${ZPROM_USER:?run "zprom local up", or set it to what "echo $$(id -u):$$(id -g)" prints}',
        restart: 'unless-stopped',
        ...(local.dark && !isStock ? { environment: environment(local) } : place),
        ...(command.length > 0 && { command }),
        volumes: [
          ...binds(local).map(([source, target]) => bind(source, target, true)),
          bind('data', '/prometheus', false),
        ],
      },
    },
  }
}
