import type { ClusterDeployment } from '../model/deployment.js'
import { enter, helpCase, kubectl, script } from './helm-scripts.js'
import type { ClusterRenderer } from './renderer.js'
import { shellCommand } from './shell.js'

/** kubectl.sh: the article's looks into the cluster, one word each, for people who want to do them by hand. */
export const kubectlLines: ClusterRenderer = {
  name: 'kubectl lines',
  summary: 'kubectl.sh with the lines for logs, the scrape configuration and a reload',
  render: cluster => [script(cluster, 'kubectl.sh', lines(cluster))],
}

function lines(cluster: ClusterDeployment): string[] {
  const { prometheus, name } = cluster
  const deployment = `deployment/${prometheus.server}`
  const run = (...words: string[]) => shellCommand([[...kubectl(cluster), ...words]])
  const words: readonly (readonly [string, string, string])[] = [
    ['pods', 'the pods of the namespace', run('get', 'pods')],
    [
      'reload-logs',
      'what the sidecar says that watches the configuration (Ctrl-C ends it)',
      run('logs', '--follow', deployment, '--container', 'prometheus-server-configmap-reload'),
    ],
    ['logs', 'what Prometheus says', run('logs', '--follow', deployment, '--container', 'prometheus-server')],
    [
      'edit',
      'edit the configuration by hand; the next helm upgrade undoes it',
      run('edit', 'configmap', prometheus.server),
    ],
    [
      'restart',
      'start Prometheus anew, which reads configuration and identity again',
      run('rollout', 'restart', deployment),
    ],
  ]
  return [
    `# Looks into ${name}: sh kubectl.sh WORD, one of`,
    ...words.map(([word, what]) => `# ${word.padEnd(11)} ${what}`),
    'word=${1:-}',
    '[ $# -le 1 ] || word=',
    'case "$word" in',
    helpCase('  '),
    'esac',
    ...enter(cluster),
    '',
    'case "$word" in',
    ...words.flatMap(([word, , command]) => [`  ${word})`, `    ${command} ;;`]),
    `  *) echo ${JSON.stringify(`one of: ${words.map(([word]) => word).join(', ')}`)} >&2; exit 2 ;;`,
    'esac',
  ]
}
