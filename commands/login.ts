import { Args, Flags } from '@oclif/core'
import { BaseCommand, timeoutFlags } from '../src/cli/base-command.js'
import { logIn } from '../src/cli/login.js'
import { loginOf } from '../src/cli/login-source.js'
import type { LoginJson } from '../src/report/schema/session.js'

const password = ['username', 'password-file']

export default class LoginCommand extends BaseCommand {
  static override summary = 'Log in to a controller and remember it as a profile'
  static override description =
    'Shows the CA of the controller and pins it on first use. Logs in by password, unless a certificate (--identity, or --cert and --key) or a token of another issuer (--ext-jwt) is given. The password is asked for, read from --password-file, or from ZPROM_PASSWORD. No secret is ever a flag; passwords, keys and tokens are never stored, only where they are.'
  static override examples = [
    '<%= config.bin %> login https://ctrl.example:1280',
    '<%= config.bin %> login ctrl.example:1280 --username admin --password-file ./admin.pwd --yes --profile work',
    '<%= config.bin %> login --identity ./admin.json',
  ]
  // Made of the flags it would show --cert and --key, which go together, as a choice between the two.
  static override usage =
    'login [URL] [--json] [[-u <value>] [--password-file <value>] | --identity <value> | --cert <value> --key <value> | --ext-jwt <value>] [--ca <value>] [--[no-]oidc] [--profile <value>] [--read-only] [-y] [--timeout <value>]'
  static override args = { url: Args.string({ ignoreStdin: true, description: 'URL of the controller' }) }
  static override flags = {
    username: Flags.string({ char: 'u', description: 'User name (or ZPROM_USERNAME)' }),
    'password-file': Flags.string({
      description: 'File whose first line is the password; read again when a session ends',
    }),
    identity: Flags.string({
      description: 'Identity file of an administrator; names the controller too, and the CA to trust',
      exclusive: [...password, 'cert', 'key', 'ext-jwt'],
    }),
    cert: Flags.string({
      description: 'PEM file of a client certificate',
      dependsOn: ['key'],
      exclusive: [...password, 'ext-jwt'],
    }),
    key: Flags.string({ description: 'PEM file of its key', dependsOn: ['cert'] }),
    'ext-jwt': Flags.string({
      description: 'File with a token of an external JWT signer; read again when a session ends',
      exclusive: password,
    }),
    ca: Flags.string({
      description: 'PEM file of the CA to trust, instead of asking the controller for it',
      env: 'ZPROM_CA',
    }),
    oidc: Flags.boolean({ description: 'Log in by OIDC for a bearer token (controllers from 1.6 on)', allowNo: true }),
    profile: Flags.string({ description: 'Name to remember this login by', default: 'default', env: 'ZPROM_PROFILE' }),
    'read-only': Flags.boolean({ description: 'Refuse every change through this profile' }),
    yes: Flags.boolean({ char: 'y', description: 'Pin the CA that the controller shows without asking' }),
    ...timeoutFlags,
  }

  async run(): Promise<LoginJson> {
    const { args, flags } = await this.parse(LoginCommand)
    const given = {
      username: flags.username,
      passwordFile: flags['password-file'],
      identityFile: flags.identity,
      certFile: flags.cert,
      keyFile: flags.key,
      extJwtFile: flags['ext-jwt'],
    }
    const { ca, profile, 'read-only': readOnly, yes } = flags
    const { oidc, timeout: timeoutMs } = flags
    const input = { url: args.url, ...loginOf(given), ca, profile, readOnly, yes, oidc, timeoutMs }
    const result = await logIn(input, {
      say: line => this.logToStderr(line),
      warn: text => this.listener({ type: 'warning', text }),
    })
    const { url, version, username, isAdmin } = result
    const who = `${username}${isAdmin ? '' : ' (no administrator)'}`
    this.log(`Logged in to ${url} (OpenZiti ${version}) as ${who}; profile "${result.profile}".`)
    return result
  }
}
