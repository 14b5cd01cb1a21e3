import { Flags } from '@oclif/core'
import { specFlags, timeoutFlags } from '../../src/cli/base-command.js'
import { HostCommand } from '../../src/cli/host-command.js'
import { identityFlags } from '../../src/cli/overlay-identity.js'
import { UsageError } from '../../src/errors.js'
import { hostReflect, reflectServicesOf } from '../../src/flows/host-reflect.js'

export default class HostReflectCommand extends HostCommand {
  static override summary = "Run the article's workload here: it answers lines and has metrics, on the overlay alone"
  static override description =
    'Answers "you sent me: LINE" on the reflect service, and has reflect_total_connections and the metrics of its process on the scrape service. Goes on until Ctrl-C.'
  static override examples = ['<%= config.bin %> host reflect --as kubeA.reflect.id']
  static override flags = {
    ...specFlags,
    ...identityFlags,
    ...timeoutFlags,
    service: Flags.string({ description: 'The service to answer on, unless it follows from the name of the identity' }),
    'scrape-service': Flags.string({ description: 'The service for scrapes, likewise' }),
  }

  async run() {
    const { flags } = await this.parse(HostReflectCommand)
    this.listenForInterrupts(() => undefined)
    const who = {
      what: 'host reflect',
      isFit: this.mayHost(identity => Object.values(reflectServicesOf(identity) ?? {})),
    }
    const named = { service: flags.service, scrapeService: flags['scrape-service'] }
    await this.withOverlay(flags, who, overlay =>
      this.hostUntilInterrupted(async () => {
        const identity = await overlay.whoAmI()
        return hostReflect(overlay, { ...servicesFor(identity, named), identity }, this.onState)
      }),
    )
  }
}

type Named = { readonly service: string | undefined; readonly scrapeService: string | undefined }

function servicesFor(identity: string, named: Named): { readonly service: string; readonly scrapeService: string } {
  const known = reflectServicesOf(identity)
  const service = named.service ?? known?.service
  const scrapeService = named.scrapeService ?? known?.scrapeService
  if (service !== undefined && scrapeService !== undefined) return { service, scrapeService }
  const hint = 'name its services with --service and --scrape-service'
  throw new UsageError(`${identity} is no workload of a cluster: that would be CLUSTER.WORKLOAD.id`, hint)
}
