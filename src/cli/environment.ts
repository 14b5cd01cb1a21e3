/** What the environment says of the controller to use and the login to it. */
export type Environment = {
  readonly controller?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly passwordFile?: string | undefined
  /** Path of a PEM file. */
  readonly ca?: string | undefined
  readonly profile?: string | undefined
}

/** Reads the environment; a variable that is empty counts as one that is not set, as CI systems leave those they don't fill. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  return {
    controller: env.ZPROM_CONTROLLER || undefined,
    username: env.ZPROM_USERNAME || undefined,
    password: env.ZPROM_PASSWORD || undefined,
    passwordFile: env.ZPROM_PASSWORD_FILE || undefined,
    ca: env.ZPROM_CA || undefined,
    profile: env.ZPROM_PROFILE || undefined,
  }
}
