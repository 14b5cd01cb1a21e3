import { resolve } from 'node:path'
import { fetchVersion } from '../controller/index.js'
import { UsageError, ZpromError } from '../errors.js'
import { openController } from './connection.js'
import { readEnvironment } from './environment.js'
import { nodeFiles } from './files.js'
import {
  findProfile,
  type Profile,
  type ProfileStore,
  readProfiles,
  updateProfiles,
  withoutProfile,
  withProfile,
} from './profiles.js'
import { askPassword, askText, canAsk } from './prompts.js'
import { readPasswordFile } from './secrets.js'
import { findTrust } from './trust.js'
import { originOf } from './url.js'
import { timeoutMs } from './workspace.js'

export type LoginInput = {
  readonly url: string | undefined
  readonly username: string | undefined
  readonly passwordFile: string | undefined
  /** Path of a PEM file. */
  readonly ca: string | undefined
  readonly profile: string
  readonly readOnly: boolean
  readonly yes: boolean
  /** Leaves the profile in use as it is, unless there is none. */
  readonly keepCurrent?: boolean
}

export type LoginResult = {
  readonly url: string
  readonly username: string
  readonly profile: string
  readonly version: string
}

/** Logs in and keeps the profile; `say` gets what a person should see on the way. Nothing is stored unless all went well. */
export async function logIn(input: LoginInput, say: (line: string) => void): Promise<LoginResult> {
  await checkName(input.profile)
  const known = findProfile(await readProfiles(), input.profile)
  const url = originOf(input.url ?? known?.url ?? (await demandUrl()))
  const before = known?.url === url ? known : undefined
  const trust = before === undefined ? undefined : { ca: before.ca }
  const ca = await findTrust({ url, caFile: input.ca, before: trust, yes: input.yes, say })
  const { version } = await fetchVersion({ url, ca, timeoutMs })
  const username = input.username ?? known?.username ?? (await demandUsername())
  const remembered = before?.username === username ? before.passwordFile : undefined
  const { password, file } = await findPassword(input.passwordFile, remembered, `${username} at ${url}`)
  const target = {
    url,
    ca,
    username,
    password: async () => password,
    session: undefined,
    readOnly: false,
    profile: undefined,
  }
  const controller = openController(target, { parallel: 1, timeoutMs })
  try {
    const session = await controller.session()
    const profile: Profile = {
      url,
      username,
      session,
      ...(ca !== undefined && { ca }),
      ...(file !== undefined && { passwordFile: resolve(file) }),
      ...(input.readOnly && { readOnly: true }),
    }
    await updateProfiles(fresh =>
      withProfile(fresh, input.profile, profile, input.keepCurrent !== true || fresh.current === undefined),
    )
  } finally {
    controller.close()
  }
  return { url, username, profile: input.profile, version }
}

/** Ends a profile's session at the controller and here; `ended` says whether there was one. */
export async function logOut(input: {
  profile: string | undefined
  forget: boolean
}): Promise<{ profile: string; ended: boolean }> {
  const store = await readProfiles()
  const name = input.profile ?? store.current
  const profile = name === undefined ? undefined : findProfile(store, name)
  if (name === undefined || profile === undefined) {
    throw new UsageError(
      name === undefined ? 'no profile is in use' : `no profile named "${name}"`,
      'there is nothing to log out from',
    )
  }
  const ended = await endSession(profile)
  await updateProfiles(fresh => (input.forget ? withoutProfile(fresh, name) : withoutLogin(fresh, name)))
  return { profile: name, ended }
}

// The password file goes too: with it the next command would log in again by itself.
function withoutLogin(store: ProfileStore, name: string): ProfileStore {
  const profile = findProfile(store, name)
  if (profile === undefined) return store
  const { session: _ended, passwordFile: _forgotten, ...rest } = profile
  return withProfile(store, name, rest, false)
}

// The session leaves this machine even when the controller is gone: then it ends there by itself.
async function endSession(profile: Profile): Promise<boolean> {
  if (profile.session === undefined || profile.session.expiresAt <= Date.now()) return false
  const target = {
    ...profile,
    ca: profile.ca,
    username: undefined,
    password: undefined,
    session: profile.session,
    readOnly: false,
    profile: undefined,
  }
  const controller = openController(target, { parallel: 1, timeoutMs })
  try {
    await controller.endSession()
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
  } finally {
    controller.close()
  }
  return true
}

// The names that overlay.profile of a spec takes, for there it is to stand.
async function checkName(name: string): Promise<void> {
  const [{ profileName }, { faultText }] = await Promise.all([
    import('../spec/rules.js'),
    import('../spec/text-rule.js'),
  ])
  const fault = profileName.judge(name)
  if (fault !== undefined) throw new UsageError(`--profile: ${faultText(fault)}`)
}

type Password = {
  readonly password: string
  /** Where it can be read again; undefined when only the person or the environment knows it. */
  readonly file?: string
}

async function findPassword(given: string | undefined, remembered: string | undefined, who: string): Promise<Password> {
  const env = readEnvironment(process.env)
  if (given !== undefined) return { password: await readPasswordFile(given), file: given }
  if (env.password !== undefined) return { password: env.password }
  if (env.passwordFile !== undefined) return { password: await readPasswordFile(env.passwordFile) }
  // One that is gone is no reason to stop where a person can type instead.
  if (remembered !== undefined && !(canAsk() && (await nodeFiles.read(remembered)) === undefined))
    return { password: await readPasswordFile(remembered), file: remembered }
  if (!canAsk())
    throw new UsageError(
      'the password is missing',
      'pass --password-file FILE, or set ZPROM_PASSWORD or ZPROM_PASSWORD_FILE',
    )
  return { password: await askPassword(`Password of ${who}`) }
}

async function demandUrl(): Promise<string> {
  const { controller } = readEnvironment(process.env)
  if (controller !== undefined) return controller
  if (!canAsk())
    throw new UsageError('the URL of the controller is missing', 'zprom login https://controller.example:1280')
  return askText('URL of the controller', 'https://localhost:1280')
}

async function demandUsername(): Promise<string> {
  if (!canAsk()) throw new UsageError('the user name is missing', 'pass --username NAME, or set ZPROM_USERNAME')
  return askText('User name', 'admin')
}
