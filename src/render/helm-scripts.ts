import type { Artefact } from '../model/artefact.js'
import type { ClusterDeployment } from '../model/deployment.js'
import { quoteWord } from '../model/shell-word.js'
import { type HelmRelease, helmReleases, installCommand } from './helm-commands.js'
import { refuseForeignLines } from './helm-owner-check.js'
import type { ClusterRenderer } from './renderer.js'
import { shellCommand, type Word } from './shell.js'

/** install.sh, upgrade.sh and uninstall.sh: the same commands as `zprom install` runs, for people and other machines. */
export const helmScripts: ClusterRenderer = {
  name: 'helm scripts',
  summary: 'install.sh, upgrade.sh and uninstall.sh with every helm line of the cluster',
  render: cluster => {
    const releases = helmReleases(cluster)
    return [
      script(cluster, 'install.sh', installLines(cluster, releases)),
      script(cluster, 'upgrade.sh', upgradeLines(cluster, releases)),
      script(cluster, 'uninstall.sh', uninstallLines(cluster, releases)),
    ]
  },
}

const context: Word = { raw: '"$context"' }

function installLines(cluster: ClusterDeployment, releases: readonly HelmRelease[]): string[] {
  const tokens = releases.flatMap(({ token }) =>
    token === undefined
      ? []
      : [requireFile(token.file, 'run zprom apply; where it is spent, for this is installed already, run upgrade.sh')],
  )
  return [
    `# Installs ${cluster.name}, or brings what is installed up to date; safe to run again.`,
    ...begin(cluster, { checks: [...requireFiles(releases), ...tokens, ...refuseForeignLines(cluster, releases)] }),
    ...releases.map(one => shellCommand(installCommand(one, context))),
  ]
}

function upgradeLines(cluster: ClusterDeployment, releases: readonly HelmRelease[]): string[] {
  const restarts = releases.map(({ deployment }) =>
    shellCommand([[...kubectl(cluster), 'rollout', 'restart', `deployment/${deployment}`]]),
  )
  return [
    `# Upgrades what is installed in ${cluster.name}, always with the full set of values: helm forgets those of before.`,
    '# --restart starts the pods anew, as a new identity needs: they read it only then.',
    'restart=no',
    ...begin(cluster, {
      checks: [...requireFiles(releases), ...refuseForeignLines(cluster, releases)],
      options: { '--restart': 'restart=yes' },
    }),
    ...releases.flatMap(upgrade),
    'if [ "$restart" = yes ]; then',
    ...restarts.map(line => `  ${line}`),
    'fi',
  ]
}

function upgrade({ release, options, token }: HelmRelease): string[] {
  const command = [
    ['helm', 'upgrade', '--reset-values', release.name, release.chart],
    ['--kube-context', context],
    ...options,
  ]
  if (token === undefined) return [shellCommand(command)]
  return [
    '# Its token is needed once; what came of it is on its volume, so a token that is gone is not missed.',
    `if [ -s ${quoteWord(token.file)} ]; then set -- ${shellCommand([token.option])}; else set --; fi`,
    shellCommand([...command, [{ raw: '"$@"' }]]),
  ]
}

function uninstallLines(cluster: ClusterDeployment, releases: readonly HelmRelease[]): string[] {
  const { name, namespace, zitiHost } = cluster
  const lost =
    zitiHost === undefined || zitiHost.secret !== undefined
      ? []
      : [
          '# The enrolled key of ziti-host goes with its volume: before another install.sh, get a new token with',
          `# zprom apply --re-enroll ${zitiHost.identity}`,
        ]
  const uninstall = ({ release }: HelmRelease) =>
    shellCommand([
      ['helm', 'uninstall', release.name, '--ignore-not-found'],
      ['--kube-context', context, '--namespace', namespace],
    ])
  return [
    `# Uninstalls what install.sh installs in ${name}; identities and services of the overlay stay.`,
    ...lost,
    ...begin(cluster, { checks: refuseForeignLines(cluster, releases) }),
    ...releases.toReversed().map(uninstall),
  ]
}

/** `kubectl` with the context and namespace of a script. */
export function kubectl({ namespace }: ClusterDeployment): Word[] {
  return ['kubectl', '--context', context, '--namespace', namespace]
}

/** The first lines of a script that takes these options and nothing else: each with what it does. `checks` come last. */
export function begin(
  cluster: ClusterDeployment,
  {
    checks = [],
    options = {},
  }: { readonly checks?: readonly string[]; readonly options?: Readonly<Record<string, string>> } = {},
): string[] {
  const unknown = '    *) echo "unknown argument: $word (see --help)" >&2; exit 2 ;;'
  return [
    'for word in "$@"; do',
    '  case "$word" in',
    ...Object.entries(options).map(([option, action]) => `    ${option}) ${action} ;;`),
    ...[helpCase('    '), unknown, '  esac', 'done'],
    ...enter(cluster),
    ...checks,
    '',
  ]
}

/** The case of --help: the comment that the script begins with, below its first line and the seal. */
export function helpCase(margin: string): string {
  return `${margin}-h | --help) sed -n '3,/^[^#]/s/^# //p' "$0"; exit 0 ;;`
}

/** Strict mode, the folder, and the kube context: that of the spec, which an environment that names another does not move. */
export function enter({ name, context: known }: ClusterDeployment): string[] {
  const differs = `KUBE_CONTEXT names another context: the spec says that ${name} is behind context ${known}: unset KUBE_CONTEXT, or change the spec`
  return [
    'set -eu',
    'cd "$(dirname "$0")"',
    ...(known === undefined
      ? [
          'context=${KUBE_CONTEXT:-}',
          '[ -n "$context" ] || { echo "set KUBE_CONTEXT to the kube context of the cluster" >&2; exit 2; }',
        ]
      : [
          `context=${quoteWord(known)}`,
          `[ "\${KUBE_CONTEXT:-$context}" = "$context" ] || { echo ${quoteWord(differs)} >&2; exit 2; }`,
        ]),
  ]
}

function requireFile(file: string, remedy: string): string {
  return `[ -s ${quoteWord(file)} ] || { echo ${quoteWord(`${file} is missing: ${remedy}`)} >&2; exit 1; }`
}

/** A script of a cluster. */
export function script({ name }: ClusterDeployment, file: string, lines: readonly string[]): Artefact {
  return { path: `${name}/${file}`, text: `#!/bin/sh\n${lines.join('\n')}\n`, executable: true }
}

// Each file once, in order.
function requireFiles(releases: readonly HelmRelease[]): string[] {
  return [...new Set(releases.flatMap(({ identities }) => identities.map(({ file }) => file)))].map(file =>
    requireFile(file, 'run zprom apply'),
  )
}
