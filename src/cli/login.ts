import { resolve } from 'node:path'
import { fetchVersion, fetchWhoAmI, isDistrust, isNodeTrouble } from '../controller/index.js'
import { ControllerError, UsageError } from '../errors.js'
import { quoteWord } from '../model/shell-word.js'
import type { LoginJson } from '../report/schema/session.js'
import { type Environment, readEnvironment } from './environment.js'
import { nodeFiles } from './files.js'
import { loadIdentity } from './identity-login.js'
import {
  type GivenLogin,
  givenLogin,
  kindsOf,
  type LoginSource,
  loginOf,
  makeLogin,
  rememberedOf,
} from './login-source.js'
import { openController } from './open-controller.js'
import { findProfile, type Profile, type ProfileStore, readProfiles, updateProfiles, withProfile } from './profiles.js'
import { askPassword, askText, canAsk } from './prompts.js'
import { readPasswordFile } from './secrets.js'
import { findTrust, type Trusted } from './trust.js'
import { originsOf } from './url.js'
import { timeoutMs as usualTimeoutMs } from './workspace.js'

/** What `zprom login` was given by flags; the rest comes from the environment, the profile or the person. */
export type LoginInput = GivenLogin & {
  readonly url: string | undefined
  /** Path of a PEM file. */
  readonly ca: string | undefined
  readonly profile: string
  readonly readOnly: boolean
  readonly yes: boolean
  /** Log in by OIDC; undefined: as the profile did before. */
  readonly oidc?: boolean | undefined
  /** Leaves the profile in use as it is, unless there is none. */
  readonly keepCurrent?: boolean
  /** How long the controller may take to begin an answer; as everywhere unless given. */
  readonly timeoutMs?: number
}

/** Who hears what a person should see on the way, and what to be warned of. */
export type Telling = { readonly say: (line: string) => void; readonly warn: (text: string) => void }

/**
 * Logs in and keeps the profile; `env` completes what flags leave out.
 * Nothing is stored unless all went well.
 */
export async function logIn(
  input: LoginInput,
  { say, warn }: Telling,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LoginJson> {
  const surroundings = readEnvironment(env)
  await checkName(input.profile)
  const { timeoutMs = usualTimeoutMs, yes } = input
  const store = await readProfiles()
  const known = findProfile(store, input.profile)
  const chosen = chooseLogin(input, known, surroundings)
  const identity = chosen.identityFile === undefined ? undefined : await loadIdentity(chosen.identityFile)
  const named = originsOf(input.url ?? listOf(known) ?? identity?.controller ?? (await demandUrl(surroundings)))
  const listed = withCluster(named, known)
  const [url, { before, ca, version }] = await firstThatAnswers(listed, async url => {
    // One CA vouches for all of a cluster: another of its controllers is no first use.
    const before = clusterOf(known).includes(url) ? known : undefined
    const trusted = trustedFor(url, store, input.profile)
    const ca = await findTrust({ url, caFile: input.ca, offered: identity?.ca, before: trusted, yes, timeoutMs, say })
    return { before, ca, ...(await fetchVersion({ url, ca, timeoutMs })) }
  })
  const { oidc: isOidc, totp } = surroundings
  const oidc = input.oidc ?? (isOidc || before?.oidc === true)
  const isNamed = input.passwordFile !== undefined
  const source = isPassword(chosen) ? await completePassword(chosen, { known, before, url, isNamed }) : chosen
  const { login } = await makeLogin(source, url, { oidc, totp })
  if (login === undefined) throw new UsageError('the login is not complete')
  const remembered = absolute(rememberedOf(source))
  const target = {
    url,
    others: listed.filter(other => other !== url),
    ca,
    source: remembered,
    login,
    via: '',
    session: undefined,
    readOnly: false,
    profile: undefined,
  }
  const controller = openController(target, { parallel: 1, timeoutMs })
  try {
    const { identity: name, isAdmin } = await fetchWhoAmI(controller)
    await controller.learnNodes()
    const session = await controller.session()
    const at = controller.node()
    const username = login.method === 'password' ? login.username : name
    const others = controller.nodes().filter(node => node !== url)
    const profile: Profile = {
      url,
      ...(others.length > 0 && { others }),
      ...remembered,
      session,
      ...(at !== url && { sessionOf: at }),
      ...(ca !== undefined && { ca }),
      ...(input.readOnly && { readOnly: true }),
      ...(oidc && { oidc }),
    }
    await updateProfiles(fresh =>
      withProfile(fresh, input.profile, profile, input.keepCurrent !== true || fresh.current === undefined),
    )
    if (!named.includes(url)) warn(`${named.join(', ')} does not answer; logged in at ${url}, of the same cluster`)
    if (known !== undefined && before === undefined) warn(`profile "${input.profile}" was of ${known.url} until now`)
    if (before?.readOnly === true && !input.readOnly)
      warn(`profile "${input.profile}" was marked read-only until now; to keep that: --read-only`)
    if (!isAdmin) warn(`${username} is no administrator, which nearly all that zprom does takes`)
    return { url, username, isAdmin, method: login.method, profile: input.profile, version }
  } finally {
    controller.close()
  }
}

// What a profile pins holds for others of the same controller too, unless theirs says otherwise.
function trustedFor(url: string, { profiles }: ProfileStore, name: string): Trusted[] {
  const all = Object.entries(profiles)
    .filter(([, profile]) => clusterOf(profile).includes(url))
    .map(([profile, { ca }]) => ({ profile, ca }))
  const own = all.filter(({ profile }) => profile === name)
  return own.length > 0 ? own : all
}

function clusterOf(known: Profile | undefined): string[] {
  return known === undefined ? [] : [known.url, ...(known.others ?? [])]
}

function listOf(known: Profile | undefined): string | undefined {
  return known === undefined ? undefined : clusterOf(known).join(',')
}

// The one that is named of a cluster may be the one that is lost.
function withCluster(urls: readonly string[], known: Profile | undefined): string[] {
  const cluster = clusterOf(known)
  return [...new Set([...urls, ...(urls.every(url => cluster.includes(url)) ? cluster : [])])]
}

// Of a list of controllers of one cluster.
async function firstThatAnswers<T>(urls: readonly string[], ask: (url: string) => Promise<T>): Promise<[string, T]> {
  for (const [index, url] of urls.entries()) {
    try {
      return [url, await ask(url)]
    } catch (error) {
      const isLost = error instanceof ControllerError && isNodeTrouble(error) && !isDistrust(error)
      if (!isLost || index === urls.length - 1) throw error
    }
  }
  throw new UsageError('the URL of the controller is missing')
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

// What is said on the command line, otherwise in the environment, otherwise what the profile remembers.
function chooseLogin(input: LoginInput, known: Profile | undefined, env: Environment): GivenLogin {
  const said = loginOf(input)
  const kinds = kindsOf(said)
  if (kinds.length > 1) throw new UsageError(`more than one login is given: ${kinds.join(', ')}`, 'choose one of them')
  if (kinds.length === 1 && kinds[0] !== 'password') return said
  const given = givenLogin(env) ?? {}
  if (kinds.length === 1) {
    // A password file that is named is meant, whatever password the environment has.
    const { username } = given
    const own = said.passwordFile === undefined ? given : { ...(username !== undefined && { username }) }
    return { ...(isPassword(given) ? own : {}), ...said }
  }
  if (kindsOf(given).length > 0 || known === undefined || isPassword(known)) return given
  // A token is all that it takes to log in with it, so it goes to no other controller than the one that it is kept for.
  const isElsewhere = input.url !== undefined && !originsOf(input.url).every(url => clusterOf(known).includes(url))
  if (known.extJwtFile === undefined || !isElsewhere) return rememberedOf(known)
  throw new UsageError(
    `the token that profile "${input.profile}" logs in with, ${known.extJwtFile}, is kept for ${known.url}, and shown to no other controller`,
    `to show it to this one: --ext-jwt ${quoteWord(known.extJwtFile)}; to log in otherwise: --username NAME`,
  )
}

function isPassword(login: GivenLogin): boolean {
  return kindsOf(login).every(kind => kind === 'password')
}

type Known = {
  readonly known: Profile | undefined
  /** The same, when it is of the controller at this URL. */
  readonly before: Profile | undefined
  readonly url: string
  /** Whether the password file was named on the command line. */
  readonly isNamed: boolean
}

async function completePassword(chosen: GivenLogin, { known, before, url, isNamed }: Known): Promise<GivenLogin> {
  const username = chosen.username ?? known?.username ?? (await demandUsername())
  const login = { ...chosen, username }
  if (chosen.password !== undefined) return login
  if (chosen.passwordFile !== undefined) {
    // Only what is named on the command line is remembered: the environment says it again the next time, or does not.
    return isNamed ? login : { username, password: await readPasswordFile(chosen.passwordFile) }
  }
  const remembered = before?.username === username ? before.passwordFile : undefined
  // One that is gone is no reason to stop where a person can type instead.
  if (remembered !== undefined && !(canAsk() && (await nodeFiles.read(remembered)) === undefined))
    return { ...login, passwordFile: remembered }
  if (!canAsk())
    throw new UsageError(
      'the password is missing',
      'pass --password-file FILE, or set ZPROM_PASSWORD or ZPROM_PASSWORD_FILE',
    )
  return { ...login, password: await askPassword(`Password of ${username} at ${url}`) }
}

// Later commands may run elsewhere.
function absolute(source: LoginSource): LoginSource {
  const paths = Object.entries(source).map(([name, value]) => [name, name.endsWith('File') ? resolve(value) : value])
  return Object.fromEntries(paths)
}

async function demandUrl({ controller }: Environment): Promise<string> {
  if (controller !== undefined) return controller
  if (!canAsk())
    throw new UsageError('the URL of the controller is missing', 'zprom login https://controller.example:1280')
  return askText('URL of the controller', 'https://localhost:1280')
}

async function demandUsername(): Promise<string> {
  if (!canAsk()) throw new UsageError('the user name is missing', 'pass --username NAME, or set ZPROM_USERNAME')
  return askText('User name', 'admin')
}
