import { BaseCommand, controllerFlags, specFlags } from '../src/cli/base-command.js'
import { interpret, readSpecFile, withDeps } from '../src/cli/workspace.js'
import { fetchWhoAmI } from '../src/controller/index.js'
import type { WhoAmIJson } from '../src/report/schema/session.js'

export default class WhoAmICommand extends BaseCommand {
  static override summary = 'Say which controller is used here, and as whom'
  static override description =
    'The controller and the login that flags, environment, spec and profiles select, asked of the controller itself.'
  static override examples = ['<%= config.bin %> whoami', '<%= config.bin %> whoami --profile work --json']
  static override flags = { ...specFlags, ...controllerFlags }

  async run(): Promise<WhoAmIJson> {
    const { flags } = await this.parse(WhoAmICommand)
    const file = await readSpecFile(flags.spec)
    const overlay = file.text === undefined ? undefined : (await interpret(file.text, file, [])).spec.overlay
    const run = { listener: this.listener, signal: this.signal, flags }
    return withDeps(run, overlay, async ({ controller }, target) => {
      const { identity, isAdmin } = await fetchWhoAmI(controller)
      const { profile, readOnly, via, login } = target
      // Of a list it is the first that answers.
      const url = controller.node()
      const version = controller.version() ?? null
      const method = login?.method ?? null
      const session = (await controller.session()).kind ?? 'zt-session'
      const rights = `${isAdmin ? 'an administrator' : 'no administrator'}${readOnly ? ', read-only here' : ''}`
      const kind = `${method === null ? '' : `${method}, `}${session}`
      this.log(`${identity} (${rights}) at ${url}, OpenZiti ${version ?? 'of unknown version'}, ${via} (${kind})`)
      return { identity, isAdmin, url, version, profile: profile ?? null, method, session, readOnly }
    })
  }
}
