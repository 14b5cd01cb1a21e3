/** What is wrong with a decoded profile store, as a clause that shows nothing of its values; undefined when it is sound. */
export function findFault(value: unknown): string | undefined {
  if (value === undefined) return 'it is not JSON'
  if (!isRecord(value) || !isRecord(value.profiles)) return 'it has no profiles'
  if (!isOptional(value.current, isText)) return '"current" is not a name'
  const damaged = Object.entries(value.profiles).find(([, profile]) => !isProfile(profile))
  return damaged === undefined ? undefined : `the profile ${JSON.stringify(damaged[0])} is damaged`
}

/** Whether a decoded value is an object with members, not a list and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a decoded value is the origin of a controller. */
export function isOrigin(value: unknown): value is string {
  return isText(value) && URL.canParse(value) && new URL(value).origin === value && value.startsWith('https:')
}

function isProfile(value: unknown): boolean {
  if (!isRecord(value) || !isOrigin(value.url)) return false
  const { username, ca, passwordFile, identityFile, certFile, keyFile, extJwtFile, oidc, readOnly, session } = value
  return (
    [username, ca, passwordFile, identityFile, certFile, keyFile, extJwtFile].every(text => isOptional(text, isText)) &&
    [readOnly, oidc].every(flag => isOptional(flag, isFlag)) &&
    isOptional(session, isSession) &&
    isOptional(value.others, others => Array.isArray(others) && others.every(isOrigin)) &&
    isOptional(value.sessionOf, isOrigin)
  )
}

function isSession(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value.token) &&
    typeof value.expiresAt === 'number' &&
    isOptional(value.kind, kind => kind === 'bearer') &&
    isOptional(value.refreshToken, isText)
  )
}

function isOptional(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === undefined || check(value)
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
