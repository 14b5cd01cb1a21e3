import { join } from 'node:path'
import { FileError, UsageError } from '../errors.js'
import type { Target } from './connection.js'
import type { Environment } from './environment.js'
import { nodeFiles } from './files.js'
import { readCaFile } from './secrets.js'
import { decodeZitiLogins, type ZitiLogin, type ZitiLogins } from './ziti-login-shape.js'

/** The login of a name in the cache of `ziti edge login`. Throws UsageError when there is none, FileError for a damaged cache. */
export async function zitiTarget(name: string, given: Environment): Promise<Target> {
  const path = pathOf(given)
  const { logins } = await readLogins(path)
  const login = logins.find(one => one.name === name)
  if (login !== undefined) return targetOf(login, path, given)
  const known = logins.length === 0 ? 'there is none' : `there are: ${logins.map(one => one.name).join(', ')}`
  throw new UsageError(
    `${path} has no login named "${name}"; ${known}`,
    `make one with: ziti edge login --cli-identity ${name}`,
  )
}

/**
 * The cached login to the controller at a URL, the default one if there are several; without a URL, the default one. Never
 * throws for a cache that is of no use: nobody asked for it.
 */
export async function zitiTargetAt(url: string | undefined, given: Environment): Promise<Target | undefined> {
  const path = pathOf(given)
  try {
    const { logins, current } = await readLogins(path)
    const fitting = logins.filter(login => (url === undefined ? login.name === current : login.url === url))
    const login = fitting.find(({ name }) => name === current) ?? fitting[0]
    return login === undefined ? undefined : await targetOf(login, path, given)
  } catch (error) {
    if (error instanceof FileError || error instanceof UsageError) return undefined
    throw error
  }
}

/** The names of all cached logins. Throws FileError for a damaged cache. */
export async function zitiLoginNames(given: Environment): Promise<string[]> {
  return (await readLogins(pathOf(given))).logins.map(({ name }) => name)
}

// ziti/util/dirs.go of 1.6 and 2.x: no XDG, and HOME also where the platform has another place for configuration.
function pathOf({ zitiConfigDir, home = '.' }: Environment): string {
  const usual = process.platform === 'linux' ? join(home, '.config', 'ziti') : join(home, '.ziti')
  return join(zitiConfigDir ?? usual, 'ziti-cli.json')
}

async function readLogins(path: string): Promise<ZitiLogins> {
  const text = await nodeFiles.read(path)
  return text === undefined ? { logins: [], current: 'default' } : decodeZitiLogins(text, path)
}

async function targetOf(login: ZitiLogin, path: string, given: Environment): Promise<Target> {
  const { name, url, session, caFile, readOnly, isOverlay } = login
  const loginCommand = `ziti edge login --cli-identity ${name}`
  const again = `log in again with: ${loginCommand} (its logins are in ${path})`
  if (isOverlay)
    throw new UsageError(`the login "${name}" of ${path} reaches its controller over an overlay, which zprom cannot`)
  if (url === undefined)
    throw new UsageError(`the login "${name}" of ${path} is of a controller without https, which zprom does not use`)
  if (session === undefined) throw new UsageError(`the login "${name}" of ${path} has no session`, again)
  const ca = given.ca ?? caFile
  return {
    url,
    ca: ca === undefined ? undefined : await readCaFile(ca),
    source: {},
    login: undefined,
    session,
    readOnly,
    profile: undefined,
    via: `by the login "${name}" of ziti`,
    advice: again,
    loginCommand,
  }
}
