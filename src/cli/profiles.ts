import { join } from 'node:path'
import envPaths from 'env-paths'
import type { Session } from '../controller/index.js'
import { FileError } from '../errors.js'
import { nodeFiles } from './files.js'

/** One controller that a person has logged in to. The whole store is kept 0600, for sessions are secrets. */
export type Profile = {
  /** Origin, such as `https://localhost:1280`. */
  readonly url: string
  readonly username?: string
  /** PEM of the CA pinned at login; absent when the system's roots vouch for the controller. */
  readonly ca?: string
  /** Where the password can be read again, so that an ended session renews itself. The password itself is never stored. */
  readonly passwordFile?: string
  readonly readOnly?: boolean
  readonly session?: Session
}

export type ProfileStore = { readonly current?: string; readonly profiles: Readonly<Record<string, Profile>> }

/** Where profiles are kept: the platform's place for configuration (XDG_CONFIG_HOME on Linux). */
export function profilesPath(): string {
  return join(envPaths('zprom', { suffix: '' }).config, 'profiles.json')
}

/** All profiles; an absent file is an empty store, a broken one a FileError. */
export async function readProfiles(): Promise<ProfileStore> {
  const path = profilesPath()
  const text = await nodeFiles.read(path)
  if (text === undefined) return { profiles: {} }
  try {
    const value: unknown = JSON.parse(text)
    if (isStore(value)) return value
  } catch {
    // told below, without the text: it holds sessions
  }
  throw new FileError(`${path}: not a profile store of zprom`, path, 'remove it and log in again')
}

/** Changes the store as it is on disk now. */
export async function updateProfiles(change: (store: ProfileStore) => ProfileStore): Promise<void> {
  const store = change(await readProfiles())
  await nodeFiles.keepSecret(profilesPath(), `${JSON.stringify(store, undefined, 2)}\n`)
}

/** Sets or replaces one profile, and makes it the current one if asked or if it is the only one. */
export function withProfile(store: ProfileStore, name: string, profile: Profile, makeCurrent: boolean): ProfileStore {
  const profiles = { ...store.profiles, [name]: profile }
  const current = makeCurrent ? name : store.current
  return current === undefined ? { profiles } : { current, profiles }
}

/** Without one profile. */
export function withoutProfile(store: ProfileStore, name: string): ProfileStore {
  const profiles = Object.fromEntries(Object.entries(store.profiles).filter(([key]) => key !== name))
  return store.current === undefined || store.current === name ? { profiles } : { current: store.current, profiles }
}

function isStore(value: unknown): value is ProfileStore {
  return (
    typeof value === 'object' &&
    value !== null &&
    'profiles' in value &&
    typeof value.profiles === 'object' &&
    value.profiles !== null
  )
}
