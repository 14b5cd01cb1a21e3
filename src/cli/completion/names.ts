/** Names that only the person's own files tell: what `zprom complete` is asked for. */
export const nameKinds = [
  'profiles',
  'ziti-logins',
  'clusters',
  'readers',
  'identities',
  'developers',
  'targets',
  'items',
] as const

/** One of them. `readers`: clusters, `local`, and `all`; `items`: all that a spec asks for, such as `cluster/kubeA`. */
export type NameKind = (typeof nameKinds)[number]

const ofFlags: Readonly<Record<string, NameKind>> = {
  profile: 'profiles',
  'ziti-login': 'ziti-logins',
  prometheus: 'readers',
  to: 'readers',
  from: 'readers',
  as: 'identities',
  're-enroll': 'identities',
  target: 'items',
  adopt: 'items',
}

const ofArguments: Readonly<Record<string, NameKind>> = {
  '/destroy': 'items',
  '/dev-identity': 'developers',
  '/install': 'clusters',
  '/remove-target': 'targets',
  '/remove/cluster': 'clusters',
  '/render': 'clusters',
}

/** The names that may follow a flag; undefined for any text. */
export function namesAfterFlag(flag: string): NameKind | undefined {
  return Object.hasOwn(ofFlags, flag) ? ofFlags[flag] : undefined
}

/** The names that a command takes as arguments; undefined for any text, or none. */
export function namesAt(path: string): NameKind | undefined {
  return Object.hasOwn(ofArguments, path) ? ofArguments[path] : undefined
}
