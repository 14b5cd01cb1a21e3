import type { ClusterDeployment } from '../model/deployment.js'
import { quoteWord } from '../model/shell-word.js'
import type { HelmRelease } from './helm-commands.js'
import { configMapMark, valuesMark } from './owner.js'
import { shellCommand } from './shell.js'

/**
 * Lines of a script that end it where a release is there that belongs to another cluster or stack, as `zprom install` ends.
 * Where helm can't tell, what follows can't be done either, or installs anew.
 */
export function refuseForeignLines(cluster: ClusterDeployment, releases: readonly HelmRelease[]): string[] {
  const { name, stack, namespace } = cluster
  const owner = `${name} of the stack ${stack}`
  const ours = ['', `=${owner}`, `=${name}`, `${name}.reflect.svc`, `${name}.prometheus.svc`].map(quoteWord)
  const look = shellCommand([
    ['helm', 'get', 'all', { raw: '"$1"' }],
    ['--kube-context', { raw: '"$context"' }, '--namespace', namespace],
    ['--template', template],
  ])
  const told = `not to ${owner}; it was not touched: name the context of ${name}, or uninstall what is there first`
  return [
    '# Whose a release is that is there already, by its values: a mark, or the name of its service.',
    'refuse_foreign() {',
    `  whose=$(${look} 2>/dev/null | sed -n '/./{p;q;}')`,
    '  case "$whose" in',
    `    ${ours.join(' | ')}) return 0 ;;`,
    '    =*) whose=${whose#=} ;;',
    '    *.reflect.svc | *.prometheus.svc) whose=${whose%.*.svc} ;;',
    '    *) return 0 ;;',
    '  esac',
    `  echo ${quoteWord(`namespace ${namespace} of `)}"context $context: the release $1 there belongs to $whose, "${quoteWord(told)} >&2`,
    '  exit 1',
    '}',
    ...releases.map(({ release }) => `refuse_foreign ${quoteWord(release.name)}`),
  ]
}

// What ownerInValues reads, in the words of helm's templates: "=CLUSTER of the stack STACK", or the service. The first line counts.
const mark = '{{with .cluster}}={{.}}{{end}}{{with .stack}} of the stack {{.}}{{end}}{{"\\n"}}'
const template = [
  '{{with .Release.Config}}',
  `{{with .${valuesMark}}}${mark}{{end}}`,
  `{{with .serverFiles}}{{with index . "${configMapMark}"}}${mark}{{end}}{{end}}`,
  '{{with .serviceName}}{{.}}{{end}}',
  '{{with .server}}{{with .ziti}}{{with .service}}{{.}}{{end}}{{end}}{{end}}',
  '{{end}}',
].join('')
