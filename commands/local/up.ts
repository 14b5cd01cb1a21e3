import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatArtefacts, updateArtefacts } from '../../src/cli/artefacts.js'
import { BaseCommand, specFlags } from '../../src/cli/base-command.js'
import { dockerFor, findLocal, prepareLocal } from '../../src/cli/local.js'
import { shownPath, withReadSpecLock } from '../../src/cli/workspace.js'
import { startLocal } from '../../src/flows/local.js'
import type { LocalUpJson } from '../../src/report/schema/machine.js'

const told = { started: 'is started', replaced: 'is started anew', unchanged: 'runs as it did' } as const

export default class LocalUpCommand extends BaseCommand {
  static override summary = 'Run the Prometheus of this machine in Docker'
  static override description =
    'Writes its configuration, then starts its container. One that runs with the same configuration is left alone, any other is replaced; the data stays in the folder beside it.'
  static override examples = ['<%= config.bin %> local up']
  static override flags = { ...specFlags }

  async run(): Promise<LocalUpJson> {
    const { flags } = await this.parse(LocalUpCommand)
    const place = await findLocal(flags.spec)
    const { file, interpreted, local, folder } = place
    return withReadSpecLock(
      file,
      { listener: this.listener, signal: this.signal, flags: { parallel: 1 } },
      async () => {
        const artefacts = await updateArtefacts(interpreted)
        for (const line of formatArtefacts(
          artefacts,
          path => shownPath(file, interpreted.spec, path),
          interpreted.deployments,
        ))
          this.log(line)
        const mounted = await prepareLocal(place)
        const { uid, gid } = userInfo()
        const state = await startLocal({ local, folder, mounted, uid, gid }, await dockerFor(place), sleep)
        const isDark = local.dark && local.form.kind === 'prometheuz'
        const url = isDark ? `http://${local.prometheus.service}/targets` : `http://127.0.0.1:${local.port}/targets`
        this.log(`The local Prometheus ${told[state]}: ${url}${isDark ? ' on the overlay' : ''}`)
        return { state, url, artefacts }
      },
    )
  }
}
