import { basename, join } from 'node:path'
import { fetchRouters } from '../../controller/index.js'
import { selectTarget } from '../connection.js'
import { logIn } from '../login.js'
import { openController } from '../open-controller.js'
import { findProfile, type Profile, type ProfileStore, readProfiles } from '../profiles.js'
import { timeoutMs } from '../workspace.js'

/** The profile of the sandbox, unless another has that name already. */
export const sandboxProfile = 'sandbox'

/** One sandbox: what tells its profile from those of others. */
export type Place = { readonly folder: string; readonly url: string }

/** Where the password of a sandbox is kept. */
export function passwordFileOf(folder: string): string {
  return join(folder, 'password')
}

/** The name of the profile that a sandbox has; undefined when it has none. */
export function findOwnProfile(store: ProfileStore, place: Place): string | undefined {
  return candidates(store, place).find(name => isOwn(findProfile(store, name), place))
}

/** The profile that is to be a sandbox's: its own, otherwise the first name that nobody has. */
export function chooseProfile(store: ProfileStore, place: Place): string {
  const free = candidates(store, place).find(name => findProfile(store, name) === undefined)
  return findOwnProfile(store, place) ?? free ?? sandboxProfile
}

/** Logs in to a sandbox; the name of its profile. */
export async function logInto(place: Place): Promise<string> {
  const profile = chooseProfile(await readProfiles(), place)
  const input = { url: place.url, username: 'admin', passwordFile: passwordFileOf(place.folder), ca: undefined }
  const silent = { say: () => undefined, warn: () => undefined }
  // Not with what the environment says: it is of another controller.
  await logIn({ ...input, profile, readOnly: false, yes: true, keepCurrent: true }, silent, {})
  return profile
}

/** The name of a sandbox's profile, which can log in. Somebody may have logged out of it, or removed it: then it is made anew. */
export async function ensureProfile(place: Place): Promise<string> {
  const store = await readProfiles()
  const own = findOwnProfile(store, place)
  const profile = own === undefined ? undefined : findProfile(store, own)
  return own !== undefined && profile?.url === place.url && profile.passwordFile !== undefined ? own : logInto(place)
}

/** How many edge routers of a sandbox are online, asked through its profile. */
export async function countOnline(name: string, { url }: Place): Promise<number> {
  const target = await selectTarget({ profile: name, overlay: undefined, env: {} })
  // Another sandbox, started in this moment, took the name.
  if (target.url !== url) return 0
  const controller = openController(target, { parallel: 1, timeoutMs })
  try {
    return (await fetchRouters(controller)).filter(({ isOnline }) => isOnline).length
  } finally {
    controller.close()
  }
}

// `sandbox`, then one after the folder; numbered, until there are more names than profiles.
function candidates({ profiles }: ProfileStore, { folder }: Place): string[] {
  const own = `${sandboxProfile}-${basename(folder).replace(/[^A-Za-z0-9._@-]+/g, '-')}`.slice(0, 56)
  const numbered = Object.keys(profiles).map((_, at) => `${own}-${at + 2}`)
  return [sandboxProfile, own, ...numbered]
}

function isOwn(profile: Profile | undefined, { folder, url }: Place): boolean {
  return profile !== undefined && (profile.url === url || profile.passwordFile === passwordFileOf(folder))
}
