import type { Login, Session } from '../controller/index.js'
import { FileError, UsageError } from '../errors.js'
import { type Environment, readEnvironment } from './environment.js'
import { loadIdentity } from './identity-login.js'
import { type GivenLogin, givenLogin, kindsOf, type LoginSource, makeLogin, rememberedOf } from './login-source.js'
import { findProfile, type Profile, type ProfileStore, readProfiles, withOthers } from './profiles.js'
import { readCaFile } from './secrets.js'
import { originOf, originsOf } from './url.js'
import { zitiTarget, zitiTargetAt } from './ziti-login.js'

/** Which controller a command talks to, from flags, environment, spec and profiles, in this order. */
export type Target = {
  readonly url: string
  /** Origins of the other controllers of its cluster, as far as they are known here. */
  readonly others?: readonly string[] | undefined
  /** Origin of the controller that the session is of; absent: `url`. */
  readonly sessionOf?: string | undefined
  readonly ca: string | undefined
  /** What is remembered of the login; what of it new sessions are kept for. */
  readonly source: LoginSource
  readonly login: Login | undefined
  /** How it was chosen, such as `by profile "work"`. */
  readonly via: string
  /** What to do when its session has ended and nothing here can make another. */
  readonly advice?: string | undefined
  /** The command that logs in to it anew; unless given, `zprom login` with its URL. */
  readonly loginCommand?: string | undefined
  /** What a person should know before it is used: nobody named it. */
  readonly notice?: string
  /** What went wrong on the way to it, and did not matter. */
  readonly warning?: string
  readonly session: Session | undefined
  readonly readOnly: boolean
  /** Name of the profile to keep new sessions in; undefined when the environment gives the login. */
  readonly profile: string | undefined
}

/** All that may say which controller is meant, flags first. */
export type Selection = {
  /** --profile */
  readonly profile: string | undefined
  /** --ziti-login */
  readonly zitiLogin?: string | undefined
  /** `overlay:` of the spec. */
  readonly overlay: OverlayChoice | undefined
  readonly env: NodeJS.ProcessEnv
}

type OverlayChoice = {
  readonly controller?: string | undefined
  /** More controllers of the same cluster. */
  readonly others?: readonly string[] | undefined
  readonly profile?: string | undefined
}

/**
 * Finds the controller and the login; throws UsageError when nothing names one, or two sources disagree. A profile that
 * --profile names is taken whole: what the environment says is of another controller.
 */
export async function selectTarget({ profile: flag, zitiLogin, overlay, env }: Selection): Promise<Target> {
  const given = readEnvironment(env)
  const isWhole = flag === undefined && given.controller !== undefined && givenLogin(given) !== undefined
  const { warning, ...store } = isWhole
    ? await readProfilesIfPossible()
    : { ...(await readProfiles()), warning: undefined }
  const choose = () => (flag === undefined ? pick(store, overlay, given) : targetNamed(flag, store, {}))
  const target = zitiLogin === undefined ? await choose() : await zitiTarget(zitiLogin, given)
  return { ...checkAgainstSpec(target, overlay, store), ...(warning !== undefined && { warning }) }
}

// A container often runs as somebody who may not read the home that it was given. Nothing in it is needed.
async function readProfilesIfPossible(): Promise<ProfileStore & { readonly warning?: string }> {
  try {
    return await readProfiles()
  } catch (error) {
    if (!(error instanceof FileError) || error.osCode === undefined) throw error
    return {
      profiles: {},
      warning: `${error.message}; going on without the profiles (XDG_CONFIG_HOME says where they are)`,
    }
  }
}

async function pick(store: ProfileStore, overlay: Selection['overlay'], given: Environment): Promise<Target> {
  if (given.zitiLogin !== undefined) return agreeing(await zitiTarget(given.zitiLogin, given), given)
  const name = given.controller === undefined ? (given.profile ?? overlay?.profile) : undefined
  if (name !== undefined) return targetNamed(name, store, given)
  const { identityFile } = given
  const address =
    given.controller ??
    overlay?.controller ??
    (identityFile === undefined ? undefined : (await loadIdentity(identityFile)).controller)
  if (address !== undefined) {
    const [url, ...listed] = originsOf(address)
    const others = [...listed, ...(given.controller === undefined ? (overlay?.others ?? []) : [])]
    const [known, profile] = findByUrl(store, [url, ...others])
    // A login that is kept here goes nowhere because a spec says so, unless its own CA vouches for the place.
    const mayMove = ({ ca }: { readonly ca?: string | undefined }) => given.controller !== undefined || ca !== undefined
    if (profile === undefined && givenLogin(given) === undefined) {
      const cached = await zitiTargetAt(url, given)
      if (cached !== undefined) return mayMove(cached) ? { ...cached, others } : cached
    }
    if (profile !== undefined && !mayMove(profile)) return targetOf(known, profile, given)
    return targetOf(known, withOthers(profile ?? { url }, others), given)
  }
  const { current } = store
  const profile = current === undefined ? undefined : findProfile(store, current)
  if (profile === undefined) {
    const cached = await zitiTargetAt(undefined, given)
    if (cached === undefined) throw nothingSelected()
    return { ...cached, notice: `no controller is named: using ${cached.url}, ${cached.via}` }
  }
  return targetOf(current, profile, given)
}

function agreeing(target: Target, { zitiLogin, controller }: Environment): Target {
  if (controller === undefined || originsOf(controller).includes(target.url)) return target
  throw new UsageError(
    `ZPROM_CONTROLLER is ${controller}, but ZPROM_ZITI_LOGIN (${zitiLogin}) is a login to ${target.url}`,
    'unset one of the two',
  )
}

function targetNamed(name: string, store: ProfileStore, given: Environment): Promise<Target> {
  const profile = findProfile(store, name)
  if (profile === undefined) throw unknownProfile(name, Object.keys(store.profiles))
  return targetOf(name, profile, given)
}

async function targetOf(name: string | undefined, profile: Profile, given: Environment): Promise<Target> {
  const own = givenLogin(given)
  // A login that the environment gives is used as it is: neither a session nor the files of another take its place.
  const isGiven = own !== undefined && !(isNameOnly(own) && own.username === profile.username)
  const isPassword = own !== undefined && kindsOf(own)[0] === 'password'
  const username = isPassword ? (own.username ?? profile.username) : undefined
  const source = isGiven ? { ...own, ...(username !== undefined && { username }) } : rememberedOf(profile)
  const oidc = given.oidc || (!isGiven && profile.oidc === true)
  const { login, ca } = await makeLogin(source, profile.url, { oidc, totp: given.totp })
  return {
    url: profile.url,
    ca: given.ca === undefined ? (profile.ca ?? ca) : await readCaFile(given.ca),
    source: rememberedOf(source),
    via: isGiven || name === undefined ? 'by the environment' : `by profile "${name}"`,
    login,
    others: profile.others,
    session: isGiven ? undefined : profile.session,
    sessionOf: isGiven ? undefined : profile.sessionOf,
    // The mark is of the login that the profile keeps.
    readOnly: !isGiven && profile.readOnly === true,
    profile: isGiven ? undefined : name,
    ...(!isGiven && name !== undefined && adviceFor(name, profile)),
  }
}

function adviceFor(name: string, { url, username, readOnly }: Profile): Pick<Target, 'advice' | 'loginCommand'> {
  const loginCommand = `zprom login ${url}${name === 'default' ? '' : ` --profile ${name}`}`
  const mark = readOnly === true ? ' --read-only' : ''
  // Certificates and tokens bring no user name with them, and after a logout nothing else tells.
  const [how, variables] =
    username === undefined
      ? [
          ' with --identity, --cert and --key, or --ext-jwt',
          'ZPROM_IDENTITY_FILE, ZPROM_CERT_FILE and ZPROM_KEY_FILE, or ZPROM_EXT_JWT_FILE',
        ]
      : ['', 'ZPROM_USERNAME and ZPROM_PASSWORD or ZPROM_PASSWORD_FILE']
  return { loginCommand, advice: `log in with: ${loginCommand}${mark}${how} (in scripts: ${variables})` }
}

// A user name alone only says which of the logins that are known is meant.
function isNameOnly({ password, passwordFile, username }: GivenLogin): boolean {
  return username !== undefined && password === undefined && passwordFile === undefined
}

// A profile is of a whole cluster, whichever of its controllers is named; of its own first.
function findByUrl(store: ProfileStore, urls: readonly string[]): [string | undefined, Profile | undefined] {
  const all = Object.entries(store.profiles)
  const own = all.filter(([, { url }]) => url === urls[0])
  const matching =
    own.length > 0 ? own : all.filter(([, { url, others = [] }]) => [url, ...others].some(one => urls.includes(one)))
  const [name, profile] = matching.find(([key]) => key === store.current) ?? matching[0] ?? []
  return [name, profile]
}

// A profile that the spec names and nobody here has logged in to says nothing of where it is: then there is nothing to compare.
function checkAgainstSpec(target: Target, overlay: Selection['overlay'], store: ProfileStore): Target {
  const { controller, others = [], profile: name } = overlay ?? {}
  const url = controller === undefined ? name && findProfile(store, name)?.url : originOf(controller)
  // One controller of a cluster stands for all of it, whichever was named.
  const meant = [url, ...others.map(originOf)]
  if (url === undefined || [target.url, ...(target.others ?? [])].some(known => meant.includes(known))) return target
  const [wanted, member] = controller === undefined ? [`profile "${name}" (${url})`, 'profile'] : [url, 'controller']
  throw new UsageError(
    `the spec is for ${wanted}, but the profile or environment selects ${target.url}`,
    `select the other controller, or change overlay.${member} in the spec`,
  )
}

function unknownProfile(name: string, known: readonly string[]): UsageError {
  const list = known.length === 0 ? 'there is none yet' : `there are: ${known.join(', ')}`
  const start = name === 'sandbox' ? 'start it with "zprom sandbox up", or ' : ''
  return new UsageError(
    `no profile named "${name}"; ${list}`,
    `${start}log in first: zprom login URL --profile ${name} (in scripts: set ZPROM_CONTROLLER and a login instead)`,
  )
}

function nothingSelected(): UsageError {
  return new UsageError(
    'no controller selected',
    'log in with "zprom login URL", start one with "zprom sandbox up", or set ZPROM_CONTROLLER, ZPROM_USERNAME and ZPROM_PASSWORD_FILE',
  )
}
