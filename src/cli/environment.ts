/** What the environment says of the controller to use and the login to it. Files are paths. */
export type Environment = {
  readonly controller?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly passwordFile?: string | undefined
  readonly identityFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
  /** A token of another issuer. A secret. */
  readonly extJwt?: string | undefined
  readonly extJwtFile?: string | undefined
  /** Whether to ask for a bearer token by OIDC. */
  readonly oidc?: boolean | undefined
  /** A one-time code. A secret, for half a minute. */
  readonly totp?: string | undefined
  /** Name of a login in the cache of `ziti edge login`. */
  readonly zitiLogin?: string | undefined
  /** Where that cache is, when it is not in its usual place. */
  readonly zitiConfigDir?: string | undefined
  readonly home?: string | undefined
  /** PEM. */
  readonly ca?: string | undefined
  readonly profile?: string | undefined
}

/** Which kind of session a login asks for: what a flag says, or else the environment; undefined: what the controller has. */
export function wantedSession(flag?: boolean, env: NodeJS.ProcessEnv = process.env): 'bearer' | undefined {
  return (flag ?? readEnvironment(env).oidc) ? 'bearer' : undefined
}

/** Reads the environment; a variable that is empty counts as one that is not set, as CI systems leave those they don't fill. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  return {
    controller: env.ZPROM_CONTROLLER || undefined,
    username: env.ZPROM_USERNAME || undefined,
    password: env.ZPROM_PASSWORD || undefined,
    passwordFile: env.ZPROM_PASSWORD_FILE || undefined,
    identityFile: env.ZPROM_IDENTITY_FILE || undefined,
    certFile: env.ZPROM_CERT_FILE || undefined,
    keyFile: env.ZPROM_KEY_FILE || undefined,
    extJwt: env.ZPROM_EXT_JWT || undefined,
    extJwtFile: env.ZPROM_EXT_JWT_FILE || undefined,
    oidc: !/^(0|false|no|off)?$/i.test(env.ZPROM_OIDC ?? ''),
    totp: env.ZPROM_TOTP || undefined,
    zitiLogin: env.ZPROM_ZITI_LOGIN || undefined,
    zitiConfigDir: env.ZITI_CONFIG_DIR || undefined,
    home: env.HOME || env.USERPROFILE || undefined,
    ca: env.ZPROM_CA || undefined,
    profile: env.ZPROM_PROFILE || undefined,
  }
}
