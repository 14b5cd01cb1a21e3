import { Flags } from '@oclif/core'
import { BaseCommand, timeoutFlags } from '../src/cli/base-command.js'
import { logOut } from '../src/cli/logout.js'
import type { LogoutJson } from '../src/report/schema/session.js'

export default class LogoutCommand extends BaseCommand {
  static override summary = 'End the session of a profile'
  static override examples = ['<%= config.bin %> logout', '<%= config.bin %> logout --profile work --forget']
  static override flags = {
    profile: Flags.string({ description: 'Profile to log out (default: the current one)', env: 'ZPROM_PROFILE' }),
    forget: Flags.boolean({ description: 'Remove the profile too, with its pinned CA' }),
    ...timeoutFlags,
  }

  async run(): Promise<LogoutJson> {
    const { flags } = await this.parse(LogoutCommand)
    const result = await logOut({ profile: flags.profile, forget: flags.forget, timeoutMs: flags.timeout })
    const what = result.ended ? 'Logged out' : 'There was no session'
    this.log(`${what}; profile "${result.profile}" ${flags.forget ? 'is removed' : 'keeps its pinned CA'}.`)
    return result
  }
}
