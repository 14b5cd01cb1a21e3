import { BaseCommand, specFlags } from '../../src/cli/base-command.js'
import { stayUntilInterrupted } from '../../src/cli/hosting.js'
import { identityFlags, openOverlayFor } from '../../src/cli/overlay-identity.js'
import { UsageError } from '../../src/errors.js'
import { hostReflect } from '../../src/flows/host-reflect.js'

export default class HostReflectCommand extends BaseCommand {
  static override enableJsonFlag = false
  static override summary = "Be the article's workload: give lines back, and serve metrics, on the overlay alone"
  static override description =
    'Offers the reflect service of a cluster, and its scrape service with reflect_total_connections and process metrics, as the identity of the workload. Nothing listens on the plain network. Ctrl-C ends it.'
  static override examples = ['<%= config.bin %> host reflect --as kubeA.reflect.id']
  static override flags = { ...specFlags, ...identityFlags }

  async run() {
    const { flags } = await this.parse(HostReflectCommand)
    this.listenForInterrupts()
    const { overlay, identity, interpreted } = await openOverlayFor(flags)
    try {
      const reflect = interpreted?.deployments.clusters.find(one => one.reflect?.identity === identity)?.reflect
      if (reflect === undefined) {
        throw new UsageError(
          `${identity} is no reflect workload of the spec`,
          'say which with --as, such as --as kubeA.reflect.id',
        )
      }
      const hosting = await hostReflect(overlay, reflect, line => this.logToStderr(line))
      await stayUntilInterrupted(this.signal)
      await hosting.close()
    } finally {
      await overlay.close()
    }
  }
}
