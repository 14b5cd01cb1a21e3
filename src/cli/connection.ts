import { type Controller, createController, type Login, type Session } from '../controller/index.js'
import { UsageError } from '../errors.js'
import { findProfile, type Profile, readProfiles, updateProfiles, withProfile } from './profiles.js'
import { askPassword, canAsk } from './prompts.js'
import { readCaFile, readPasswordFile } from './secrets.js'
import { originOf } from './url.js'

/** Which controller a command talks to, from flags, environment, spec and profiles, in this order. */
export type Target = {
  readonly url: string
  readonly ca: string | undefined
  readonly username: string | undefined
  readonly password: (() => Promise<string>) | undefined
  readonly session: Session | undefined
  readonly readOnly: boolean
  /** Name of the profile to keep new sessions in; undefined when the environment gives the login. */
  readonly profile: string | undefined
}

export type Selection = {
  /** --profile */
  readonly profile: string | undefined
  /** `overlay:` of the spec. */
  readonly overlay: { readonly controller?: string | undefined; readonly profile?: string | undefined } | undefined
  readonly env: NodeJS.ProcessEnv
}

/** Finds the controller and the login; throws UsageError when nothing names one, or two sources disagree. */
export async function selectTarget({ profile: flag, overlay, env }: Selection): Promise<Target> {
  const store = await readProfiles()
  const wanted = overlay?.controller === undefined ? undefined : originOf(overlay.controller)
  const name = flag ?? (env.ZPROM_CONTROLLER === undefined ? (env.ZPROM_PROFILE ?? overlay?.profile) : undefined)
  if (name !== undefined) {
    const profile = findProfile(store, name)
    if (profile === undefined) throw unknownProfile(name, Object.keys(store.profiles))
    return checkAgainstSpec(await targetOf(name, profile, env), wanted)
  }
  const url = env.ZPROM_CONTROLLER === undefined ? wanted : originOf(env.ZPROM_CONTROLLER)
  if (url === undefined) {
    const current = store.current
    const profile = current === undefined ? undefined : findProfile(store, current)
    if (current === undefined || profile === undefined) throw nothingSelected()
    return targetOf(current, profile, env)
  }
  const [known, profile] = findByUrl(store.profiles, store.current, url)
  return checkAgainstSpec(await targetOf(known, profile ?? { url }, env), wanted)
}

/** The controller of a target, with one pool of connections; new sessions go to the profile. */
export function openController(target: Target, options: { parallel: number; timeoutMs: number }): Controller {
  const { url, ca, username, password, session, readOnly, profile } = target
  const login: Login | undefined =
    username !== undefined && password !== undefined ? { method: 'password', username, password } : undefined
  return createController({
    url,
    ca,
    login,
    session,
    readOnly,
    ...options,
    now: Date.now,
    pace: { sleep: ms => new Promise(resolve => setTimeout(resolve, ms)), random: Math.random },
    onSession: async fresh => {
      if (profile === undefined) return
      await updateProfiles(store => {
        const old = findProfile(store, profile)
        // Another run may have logged in elsewhere under this name: a session goes to its own controller only.
        const isSame = old?.url === url && old.username === username
        return isSame ? withProfile(store, profile, { ...old, session: fresh }, false) : store
      })
    },
  })
}

async function targetOf(name: string | undefined, profile: Profile, env: NodeJS.ProcessEnv): Promise<Target> {
  const username = env.ZPROM_USERNAME ?? profile.username
  const fromEnv =
    env.ZPROM_USERNAME !== undefined || env.ZPROM_PASSWORD !== undefined || env.ZPROM_PASSWORD_FILE !== undefined
  return {
    url: profile.url,
    ca: env.ZPROM_CA === undefined ? profile.ca : await readCaFile(env.ZPROM_CA),
    username,
    password: passwordSource(env, profile, username),
    // A session of another login must not be used in place of the one that the environment names.
    session: fromEnv && env.ZPROM_USERNAME !== profile.username ? undefined : profile.session,
    readOnly: profile.readOnly ?? false,
    profile: fromEnv ? undefined : name,
  }
}

function passwordSource(env: NodeJS.ProcessEnv, profile: Profile, username: string | undefined): Target['password'] {
  const { ZPROM_PASSWORD: password, ZPROM_PASSWORD_FILE: file = profile.passwordFile } = env
  if (password !== undefined) return async () => password
  if (file !== undefined) return () => readPasswordFile(file)
  if (username !== undefined && canAsk()) return () => askPassword(`Password of ${username} at ${profile.url}`)
  return undefined
}

function findByUrl(
  profiles: Readonly<Record<string, Profile>>,
  current: string | undefined,
  url: string,
): [string | undefined, Profile | undefined] {
  const matching = Object.entries(profiles).filter(([, profile]) => profile.url === url)
  const [name, profile] = matching.find(([key]) => key === current) ?? matching[0] ?? []
  return [name, profile]
}

function checkAgainstSpec(target: Target, wanted: string | undefined): Target {
  if (wanted === undefined || wanted === target.url) return target
  throw new UsageError(
    `the spec is for ${wanted}, but the profile or environment selects ${target.url}`,
    'select the other controller, or change overlay.controller in the spec',
  )
}

function unknownProfile(name: string, known: readonly string[]): UsageError {
  const list = known.length === 0 ? 'there is none yet' : `there are: ${known.join(', ')}`
  return new UsageError(`no profile named "${name}"; ${list}`, `log in first: zprom login URL --profile ${name}`)
}

function nothingSelected(): UsageError {
  return new UsageError(
    'no controller selected',
    'log in with "zprom login URL", start one with "zprom sandbox up", or set ZPROM_CONTROLLER, ZPROM_USERNAME and ZPROM_PASSWORD_FILE',
  )
}
