import { UsageError, ZpromError } from '../errors.js'
import type { LogoutJson } from '../report/schema/session.js'
import { openController } from './open-controller.js'
import {
  findProfile,
  type Profile,
  type ProfileStore,
  readProfiles,
  updateProfiles,
  withoutProfile,
  withProfile,
} from './profiles.js'

/** Which profile, whether to remove it as well, and how long the controller may take, milliseconds. */
export type LogoutInput = { readonly profile: string | undefined; readonly forget: boolean; readonly timeoutMs: number }

/** Ends a profile's session at the controller and here. */
export async function logOut(input: LogoutInput): Promise<LogoutJson> {
  const store = await readProfiles()
  const name = input.profile ?? store.current
  const profile = name === undefined ? undefined : findProfile(store, name)
  if (name === undefined || profile === undefined) {
    throw new UsageError(
      name === undefined ? 'no profile is in use' : `no profile named "${name}"`,
      'there is nothing to log out from',
    )
  }
  const ended = await endSession(profile, input.timeoutMs)
  await updateProfiles(fresh => (input.forget ? withoutProfile(fresh, name) : withoutLogin(fresh, name)))
  return { profile: name, ended }
}

// Files of passwords, certificates and tokens go too: with them the next command would log in again by itself.
function withoutLogin(store: ProfileStore, name: string): ProfileStore {
  const profile = findProfile(store, name)
  if (profile === undefined) return store
  const { url, others, username, ca, readOnly, oidc } = profile
  const rest = {
    ...(others !== undefined && { others }),
    ...(username !== undefined && { username }),
    ...(ca !== undefined && { ca }),
    ...(readOnly && { readOnly }),
    ...(oidc && { oidc }),
  }
  return withProfile(store, name, { url, ...rest }, false)
}

// The session leaves this machine even when the controller is gone: then it ends there by itself. A bearer token that is over
// may have a refresh token that is not: that lives for hours, and ends with the session which it is renewed once more for.
async function endSession(profile: Profile, timeoutMs: number): Promise<boolean> {
  const { session } = profile
  if (session === undefined) return false
  const isOver = session.expiresAt <= Date.now()
  if (isOver && session.refreshToken === undefined) return false
  const target = {
    ...profile,
    ca: profile.ca,
    source: {},
    via: '',
    login: undefined,
    session,
    readOnly: false,
    profile: undefined,
  }
  const controller = openController(target, { parallel: 1, timeoutMs })
  try {
    await controller.endSession()
    return true
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    return !isOver
  } finally {
    controller.close()
  }
}
