/** Which release was installed, and where. */
export type HelmPlace = { readonly release: string; readonly context: string; readonly namespace: string }

/** A failure of helm for a person. */
export type HelmFailure = { readonly message: string; readonly hint: string }

/** What helm's last words mean, and what to do; what it says is the same in versions 3 and 4 but for capitals. */
export function explainHelm(said: string, place: HelmPlace): HelmFailure {
  for (const { pattern, explain } of known) {
    const found = pattern.exec(said)
    if (found !== null) return explain(found, place)
  }
  return {
    message: `${place.release}: helm failed: ${said}`,
    hint: 'mend the cause and run the same command again: it goes on from here',
  }
}

type Known = {
  readonly pattern: RegExp
  explain(found: RegExpExecArray, place: HelmPlace): HelmFailure
}

const known: readonly Known[] = [
  {
    pattern:
      /(\w+) "([^"]+)" in namespace "([^"]*)" exists and cannot be imported[\s\S]*?(?:key "meta\.helm\.sh\/release-(name|namespace)" must equal "[^"]*": current value is "([^"]*)")/,
    explain: ([, kind, name, namespace, key, owner], { release }) => ({
      message: `${release}: the ${kind} ${name}${namespace === '' ? '' : ` in namespace ${namespace}`} belongs to ${key === 'name' ? `the release ${owner}` : `a release in namespace ${owner}`}`,
      hint:
        key === 'name'
          ? `a namespace takes one release of this chart: give the cluster another namespace in the spec, or uninstall ${owner} first`
          : 'a Kubernetes cluster takes one release of that name: set releases.prometheus in the spec',
    }),
  },
  {
    pattern: /(\w+) "([^"]+)" in namespace "([^"]*)" exists and cannot be imported/,
    explain: ([, kind, name, namespace], { release }) => ({
      message: `${release}: there is a ${kind} ${name}${namespace === '' ? '' : ` in namespace ${namespace}`} that helm did not make`,
      hint: 'remove it, or give the cluster another namespace in the spec',
    }),
  },
  {
    pattern: /is invalid: spec\.strategy\.rollingUpdate: Forbidden/,
    explain: (_found, { release, context, namespace }) => ({
      message: `${release}: the Deployment was made with another update strategy, and helm 4 can't change it`,
      hint: `run the helm command above once with --server-side=false added, or: kubectl --context ${context} --namespace ${namespace} delete deployment --selector release=${release}`,
    }),
  },
  {
    pattern: /[^\n]*\bis forbidden: User "([^"]*)" cannot ([^\n]*)/,
    explain: ([, user, what], { release, context }) => ({
      message: `${release}: ${user} may not ${what} (context ${context})`,
      hint: 'ask for that right, or use a context that has it (--context)',
    }),
  },
  {
    pattern: /context "[^"]*" does not exist/,
    explain: (_found, { context }) => ({
      message: `the kubeconfig has no context "${context}"`,
      hint: 'name another with --context; these there are: kubectl config get-contexts -o name',
    }),
  },
  {
    pattern: /kubernetes cluster unreachable: ([^\n]*)/i,
    explain: ([, reason], { context }) => ({
      message: `the Kubernetes API server behind context ${context} does not answer: ${reason}`,
      hint: 'look whether the cluster is up, and whether this is its context',
    }),
  },
  {
    pattern: /release name is invalid: ([^\n]*)|invalid release name[^\n]*/i,
    explain: (_found, { release }) => ({
      message: `helm refuses the release name ${release}`,
      hint: 'change it under `releases:` of the cluster: lower-case letters, digits and "-", at most 53',
    }),
  },
  {
    pattern: /another operation \(install\/upgrade\/rollback\) is in progress/,
    explain: (_found, { release, context, namespace }) => ({
      message: `${release}: another helm works on this release, or one was cut off in the middle`,
      hint: `when none runs: helm rollback ${release} --kube-context ${context} --namespace ${namespace} (helm uninstall, when there was no release before), then run the same command again`,
    }),
  },
  {
    pattern: /conflicts? with "([^"]+)"[^\n]*/,
    explain: ([, manager], { release }) => ({
      message: `${release}: something that helm set was changed since by ${manager}, and helm 4 keeps that`,
      hint: 'run the helm command above once with --force-conflicts added; the change by hand is then gone',
    }),
  },
  {
    pattern: /is not a valid chart repository or cannot be reached: ([^\n]*)/,
    explain: ([, reason], { release }) => ({
      message: `${release}: the chart repository does not answer: ${reason}`,
      hint: 'look at charts.repository in the spec, and whether this machine reaches it',
    }),
  },
  {
    pattern: /chart "([^"]+)"(?: matching|(?: version)? "[^"]*" not found|[^\n]*not found)[^\n]*/,
    explain: ([said], { release }) => ({
      message: `${release}: ${said}`,
      hint: 'look at the versions under `charts:` in the spec',
    }),
  },
]
