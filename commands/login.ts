import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../src/cli/base-command.js'
import { logIn } from '../src/cli/login.js'

export default class LoginCommand extends BaseCommand {
  static override summary = 'Log in to a controller and remember it as a profile'
  static override description =
    'Shows the CA of the controller and pins it on first use. The password is asked for, read from --password-file, or from ZPROM_PASSWORD; it is never stored, and never a flag.'
  static override examples = [
    '<%= config.bin %> login https://ctrl.example:1280',
    '<%= config.bin %> login ctrl.example:1280 --username admin --password-file ./admin.pwd --yes --profile work',
  ]
  static override args = { url: Args.string({ description: 'URL of the controller' }) }
  static override flags = {
    username: Flags.string({ char: 'u', description: 'User name', env: 'ZPROM_USERNAME' }),
    'password-file': Flags.string({
      description: 'File whose first line is the password; read again when a session ends',
    }),
    ca: Flags.string({
      description: 'PEM file of the CA to trust, instead of asking the controller for it',
      env: 'ZPROM_CA',
    }),
    profile: Flags.string({ description: 'Name to remember this login by', default: 'default', env: 'ZPROM_PROFILE' }),
    'read-only': Flags.boolean({ description: 'Refuse every change through this profile' }),
    yes: Flags.boolean({ char: 'y', description: 'Pin the CA that the controller shows without asking' }),
  }

  async run() {
    const { args, flags } = await this.parse(LoginCommand)
    const result = await logIn(
      {
        url: args.url,
        username: flags.username,
        passwordFile: flags['password-file'],
        ca: flags.ca,
        profile: flags.profile,
        readOnly: flags['read-only'],
        yes: flags.yes,
      },
      line => this.logToStderr(line),
    )
    this.log(
      `Logged in to ${result.url} (OpenZiti ${result.version}) as ${result.username}; profile "${result.profile}".`,
    )
    return result
  }
}
