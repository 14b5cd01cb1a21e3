import { Args, Flags } from '@oclif/core'
import { BaseCommand, specFlags } from '../../src/cli/base-command.js'
import { chooseHostings, stayUntilInterrupted } from '../../src/cli/hosting.js'
import { identityFlags, openOverlayFor } from '../../src/cli/overlay-identity.js'
import { hostTcp } from '../../src/flows/host-tcp.js'

export default class HostTcpCommand extends BaseCommand {
  static override enableJsonFlag = false
  static override summary = 'Offer a TCP port that this machine reaches as a service of the overlay'
  static override description =
    'Where it goes is said by --to, or by the host.v1 config of the service, whose listen options are honoured: what ziti-host does. Ctrl-C ends it.'
  static override examples = [
    '<%= config.bin %> host tcp local.prometheus.svc --to 127.0.0.1:9090 --as local.prometheus.id --terminator local.prometheus.id',
    '<%= config.bin %> host tcp --all --as kubeA.ziti.id',
  ]
  static override args = { service: Args.string({ description: 'The service to offer' }) }
  static override flags = {
    ...specFlags,
    ...identityFlags,
    to: Flags.string({ description: 'HOST:PORT of what is offered; what the host.v1 config says unless given' }),
    terminator: Flags.string({
      description: 'Name under which callers ask for this one; with --to',
      dependsOn: ['to'],
    }),
    all: Flags.boolean({
      default: false,
      description: 'Every service that the identity may host and that has a host.v1 config',
      exclusive: ['to'],
    }),
  }

  async run() {
    const { args, flags } = await this.parse(HostTcpCommand)
    this.listenForInterrupts()
    const { overlay, identity } = await openOverlayFor(flags)
    try {
      const say = (line: string) => this.logToStderr(line)
      const chosen = await chooseHostings(overlay, { identity, service: args.service, ...flags }, say)
      const hostings = await Promise.all(chosen.map(one => hostTcp(overlay, one, say)))
      await stayUntilInterrupted(this.signal)
      await Promise.all(hostings.map(hosting => hosting.close()))
    } finally {
      await overlay.close()
    }
  }
}
