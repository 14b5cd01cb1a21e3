import { faultText, quoted, type TextRule, textRule } from './text-rule.js'

const tagReason = 'it takes letters, digits and . _ - and begins with a letter or digit'

/** The tag on everything that zprom owns. */
export const stackName: TextRule = textRule({
  what: 'a stack name',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  maxLength: 63,
  because: tagReason,
  character: /[A-Za-z0-9._-]/,
  correct: tagLike,
})

/** The name of a stored login. */
export const profileName: TextRule = textRule({
  what: 'a profile name',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/,
  maxLength: 63,
  because: 'it takes letters, digits and . _ @ - and begins with a letter or digit',
  character: /[A-Za-z0-9._@-]/,
})

/** A Kubernetes namespace: an RFC 1123 label. */
export const namespaceName: TextRule = textRule({
  what: 'a Kubernetes namespace',
  pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  maxLength: 63,
  because: 'it takes lower-case letters, digits and "-", and begins and ends with a letter or digit',
  character: /[a-z0-9-]/,
  correct: value => tagLike(value.toLowerCase().replace(/[._]/g, '-')),
})

/** A helm release. */
export const releaseName: TextRule = textRule({
  what: 'a helm release name',
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  maxLength: 53,
  because: 'helm takes lower-case letters, digits, "-" and ".", each part beginning and ending with a letter or digit',
  character: /[a-z0-9.-]/,
  correct: value => tagLike(value.toLowerCase().replace(/_/g, '-')),
})

/** The release of the prometheus chart, which also names a Kubernetes Service: no dots, and room for the chart's suffix. */
export const prometheusReleaseName: TextRule = textRule({
  what: 'the helm release name of a Prometheus',
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 45,
  because:
    'a Kubernetes Service is named after it, so it takes lower-case letters, digits and "-", begins with a letter and ' +
    'ends with a letter or digit',
  character: /[a-z0-9-]/,
  correct: value => tagLike(value.toLowerCase().replace(/[._]/g, '-')),
})

const attribute: TextRule = textRule({
  what: 'a role attribute',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  maxLength: 128,
  because: `${tagReason}; the "#" comes in policies only`,
  character: /[A-Za-z0-9._-]/,
  correct: tagLike,
})

/** The role attribute that may dial a workload. `all` would open it to every identity there is. */
export const roleAttribute: TextRule = {
  ...attribute,
  judge: value =>
    value === 'all'
      ? { message: '"all" cannot be a role attribute here: the policy would then let every identity dial the workload' }
      : attribute.judge(value),
}

/** Which edge routers a policy names. */
export const routerRole: TextRule = textRule({
  what: 'a role of edge routers',
  pattern: /^#[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  maxLength: 129,
  because: 'write "#" and a role attribute of the routers, or "#all"',
  correct: value => `#${tagLike(value)}`,
})

const folder: TextRule = textRule({
  what: 'a folder name',
  pattern: /^\S(.*\S)?$/,
  maxLength: 1024,
  because: 'it has no space at either end and is one line',
  correct: value => value.trim(),
})

/** The folder for everything that zprom writes. */
export const outputFolder: TextRule = {
  ...folder,
  judge: value =>
    /\p{Cc}/u.test(value)
      ? { message: `${quoted(value)} cannot be a folder name because of a control character` }
      : folder.judge(value),
}

/** A context of a kubeconfig: cloud providers put slashes, colons and at signs into them. */
export const contextName: TextRule = textRule({
  what: 'a kube context',
  pattern: /^[A-Za-z0-9._@:/+=-]{1,253}$/,
  maxLength: 253,
  because: 'it takes letters, digits and . _ @ : / + = - (list yours with "kubectl config get-contexts -o name")',
  character: /[A-Za-z0-9._@:/+=-]/,
})

/** A Secret of Kubernetes: an RFC 1123 subdomain. */
export const secretName: TextRule = textRule({
  what: 'the name of a Secret',
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  maxLength: 253,
  because: 'Kubernetes takes lower-case letters, digits, "-" and "."',
  character: /[a-z0-9.-]/,
})

/** A key of a Secret. */
export const secretKey: TextRule = textRule({
  what: 'a key of a Secret',
  pattern: /^[A-Za-z0-9._-]+$/,
  maxLength: 253,
  because: 'Kubernetes takes letters, digits and . _ -',
  character: /[A-Za-z0-9._-]/,
})

/** What Prometheus calls a job; it becomes a label value, and a line of YAML. */
export const jobName: TextRule = textRule({
  what: 'a job name',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/,
  maxLength: 128,
  because: 'it takes letters, digits and . _ : / - and begins with a letter or digit',
  character: /[A-Za-z0-9._:/-]/,
  correct: tagLike,
})

/** A time span as Prometheus writes it; the digits keep the sum below what it can hold (292 years). */
export const duration: TextRule = textRule({
  what: 'a time span',
  pattern:
    /^(?=.*[1-9])([0-9]{1,2}y)?([0-9]{1,3}w)?([0-9]{1,4}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$/,
  maxLength: 41,
  because: 'write numbers and their units, the largest first, such as 500ms, 5s or 1m30s',
})

const addressForm: TextRule = textRule({
  what: 'an address to scrape',
  pattern: /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):[1-9][0-9]{0,4}$/,
  maxLength: 260,
  because: 'write a host name or IP address and a port, such as 10.0.0.5:9100, without http:// and without a path',
  correct: value => value.replace(/^[A-Za-z]+:\/\//, '').replace(/\/.*$/, ''),
})

/** Host and port of something that is scraped: a DNS name, an IPv4 address, or an IPv6 address in brackets. */
export const hostAndPort: TextRule = {
  ...addressForm,
  judge: value => {
    const port = Number(value.slice(value.lastIndexOf(':') + 1))
    if (port <= 65_535) return addressForm.judge(value)
    return addressForm.judge(value) ?? { message: `${quoted(value)} names port ${port}, and ports end at 65535` }
  },
}

/** The name that a certificate is checked against. */
export const serverName: TextRule = textRule({
  what: 'the name in a certificate',
  pattern: /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+)$/,
  maxLength: 253,
  because: 'it is a host name or an IP address',
})

/** The path of an exposition, as `metrics_path` takes it. */
export const metricsPath: TextRule = textRule({
  what: 'a metrics path',
  pattern: /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$/,
  maxLength: 512,
  because: 'it begins with "/" and takes what a path of a URL takes; no query, no spaces',
  correct: value => `/${value.replace(/^\/+/, '')}`,
})

/** An absolute path in the container of a Prometheus. */
export const containerPath: TextRule = textRule({
  what: 'a path in the container',
  pattern: /^\/[A-Za-z0-9._/-]+$/,
  maxLength: 512,
  because: 'it is absolute and takes letters, digits and . _ / -',
})

/** A chart version, exact: what is installed twice is the same twice. */
export const chartVersion: TextRule = textRule({
  what: 'a chart version',
  pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[A-Za-z0-9.-]+)?(\+[A-Za-z0-9.-]+)?$/,
  maxLength: 64,
  because: 'write an exact version such as 0.3.9',
  correct: value => value.replace(/^v/, ''),
})

/** Where charts come from: the URL of a chart repository. A login in it would put a secret into the file. */
export const chartRepository: TextRule = textRule({
  what: 'a chart repository',
  pattern: /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/,
  maxLength: 512,
  because: 'it is a URL that begins with https:// and holds no login, no query and no spaces',
})

/** The controller's address: scheme, host and port. A login in the URL would put a secret into the file. */
export const controllerUrl: TextRule = {
  pattern: /^https:\/\/[^\s/?#@]+\/?$/,
  maxLength: 300,
  judge: value => {
    const message = explainUrl(value)
    if (message === undefined) return undefined
    const guess = guessUrl(value)
    return guess === undefined ? { message } : { message, suggestion: `Write ${guess}` }
  },
}

function explainUrl(value: string): string | undefined {
  if (value === '') return 'empty, but the URL of the controller is needed here'
  if (value.includes('@')) return 'the URL of the controller must not hold a login: use a login profile instead'
  if (!/^https:\/\//.test(value)) return `${quoted(value)} is not the URL of a controller: it begins with https://`
  if (!URL.canParse(value)) return `${quoted(value)} is not a URL`
  if (!controllerUrl.pattern.test(value)) return `${quoted(value)} says too much: only scheme, host and port are needed`
  return value.length > controllerUrl.maxLength ? `${quoted(value)} is too long for a URL` : undefined
}

function guessUrl(value: string): string | undefined {
  const bare = value.replace(/^[A-Za-z]*:\/\//, '').replace(/^[^/]*@/, '')
  const url = `https://${bare}`
  return bare !== '' && URL.canParse(url) ? new URL(url).origin : undefined
}

function tagLike(value: string): string {
  return value.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
}

/** Why a text cannot name a stack; undefined when it can. */
export function checkStackName(name: string): string | undefined {
  const fault = stackName.judge(name)
  return fault === undefined ? undefined : faultText(fault)
}
