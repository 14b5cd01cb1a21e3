import { dirname, join } from 'node:path'
import envPaths from 'env-paths'
import type { Session } from '../controller/index.js'
import { FileError } from '../errors.js'
import { parseJson } from '../model/json.js'
import { filesOf, followLinks, makeFolder } from './files.js'
import { withLock } from './lock.js'
import type { LoginSource } from './login-source.js'
import { findFault } from './profile-shape.js'

/** One controller that a person has logged in to. The whole store is kept 0600, for sessions are secrets. */
export type Profile = LoginSource & {
  /** Origin, such as `https://localhost:1280`. */
  readonly url: string
  /** PEM of the CA pinned at login; absent when the system's roots vouch for the controller. */
  readonly ca?: string
  readonly readOnly?: boolean
  /** Whether it logs in by OIDC, for a bearer token. */
  readonly oidc?: boolean
  readonly session?: Session
  /** Origins of the other controllers of its cluster. */
  readonly others?: readonly string[]
  /** Origin of the controller that made the session, when it is not that of `url`. */
  readonly sessionOf?: string
}

/** All profiles by name, and the name of the one in use. */
export type ProfileStore = { readonly current?: string; readonly profiles: Readonly<Record<string, Profile>> }

// Where they are is said by no flag.
const by = 'XDG_CONFIG_HOME'
const storeFiles = filesOf(by)

// An update takes milliseconds.
const lockWaitMs = 30_000

/** Where profiles are kept: the platform's place for configuration (XDG_CONFIG_HOME on Linux). */
export function profilesPath(): string {
  return join(envPaths('zprom', { suffix: '' }).config, 'profiles.json')
}

/** All profiles; an absent file is an empty store, a damaged one a FileError that names what is wrong with it. */
export async function readProfiles(): Promise<ProfileStore> {
  const path = profilesPath()
  const text = await storeFiles.read(path)
  if (text === undefined) return { profiles: {} }
  const value = parseJson(text)
  const fault = findFault(value)
  if (fault === undefined) return value as ProfileStore
  throw new FileError(`${path}: not a profile store of zprom: ${fault}`, path, 'remove it and log in again')
}

/** Changes the store as it is on disk now; updates of several runs take turns. */
export async function updateProfiles(change: (store: ProfileStore) => ProfileStore): Promise<void> {
  const path = await followLinks(profilesPath(), by)
  await makeFolder(dirname(path), 0o700, by)
  const lock = { path: `${path}.lock`, what: 'the profiles', waitMs: lockWaitMs, onWait: () => undefined }
  await withLock(lock, async () => {
    const store = await readProfiles()
    const changed = change(store)
    if (changed !== store) await storeFiles.keepSecret(path, `${JSON.stringify(changed, undefined, 2)}\n`)
  })
}

/** The profile of a name; undefined when there is none, also for names that every object knows, such as `toString`. */
export function findProfile({ profiles }: ProfileStore, name: string): Profile | undefined {
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined
}

/** Sets or replaces one profile, and makes it the current one if asked. */
export function withProfile(store: ProfileStore, name: string, profile: Profile, makeCurrent: boolean): ProfileStore {
  const profiles = { ...store.profiles, [name]: profile }
  const current = makeCurrent ? name : store.current
  return current === undefined ? { profiles } : { current, profiles }
}

/** Without one profile. */
export function withoutProfile(store: ProfileStore, name: string): ProfileStore {
  if (!Object.hasOwn(store.profiles, name)) return store
  const profiles = Object.fromEntries(Object.entries(store.profiles).filter(([key]) => key !== name))
  return store.current === undefined || store.current === name ? { profiles } : { current: store.current, profiles }
}

/** With more controllers of its cluster: what is listed by hand, and what a controller told. */
export function withOthers(profile: Profile, listed: readonly string[]): Profile {
  const others = new Set([...listed, ...(profile.others ?? [])])
  others.delete(profile.url)
  return others.size === 0 ? profile : { ...profile, others: [...others] }
}
