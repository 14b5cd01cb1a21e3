import { Args, Flags } from '@oclif/core'
import { parseAddress, readElsewhere } from '../../src/cli/address.js'
import { specFlags, timeoutFlags } from '../../src/cli/base-command.js'
import { HostCommand } from '../../src/cli/host-command.js'
import { idleFlag } from '../../src/cli/overlay-command.js'
import { identityFlags } from '../../src/cli/overlay-identity.js'
import { UsageError } from '../../src/errors.js'
import { hostAll } from '../../src/flows/host-all.js'
import { hostTcp } from '../../src/flows/host-tcp.js'

// As often as `ziti tunnel host` asks by default (svcPollRate).
const refreshMs = 15_000

export default class HostTcpCommand extends HostCommand {
  static override summary = 'Offer a reachable TCP port as a service of the overlay, as ziti-host does'
  static override description =
    'Without --to calls go where the host.v1 config of the service says, by TCP or UDP, and its listen options hold. The port is connected before a call is taken, so the caller learns why not. With --all it looks every 15 s what there is to host by then, and waits where there is nothing. Goes on until Ctrl-C.'
  static override examples = [
    '<%= config.bin %> host tcp local.prometheus.svc --to 127.0.0.1:9090',
    '<%= config.bin %> host tcp --all --as kubeA.reflect.id',
    '<%= config.bin %> host tcp --all --as kubeA.ziti.id --connect-to prometheuz-prometheus-server:80=127.0.0.1:9090',
  ]
  static override args = {
    service: Args.string({ ignoreStdin: true, description: 'The service to offer, unless --all' }),
  }
  static override flags = {
    ...specFlags,
    ...identityFlags,
    ...timeoutFlags,
    to: Flags.string({ description: 'HOST:PORT that its calls go to, instead of what its host.v1 config says' }),
    'connect-to': Flags.string({
      description:
        'HOST:PORT=HOST:PORT: calls that its host.v1 config sends to the first go to the second, as with curl (repeatable)',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      defaultHelp: async () => undefined,
      exclusive: ['to'],
    }),
    terminator: Flags.string({
      description:
        'Identity under which callers ask for this terminator, instead of what its configs say; empty for none',
    }),
    all: Flags.boolean({
      description:
        'Every service that the identity may host and that has a host.v1 config, and those that come later, as ziti-host does',
      default: false,
      exclusive: ['to', 'terminator'],
    }),
    ...idleFlag,
  }

  async run() {
    const { args, flags } = await this.parse(HostTcpCommand)
    const { service } = args
    if ((service === undefined) !== flags.all) throw new UsageError('name one service, or say --all')
    const to = flags.to === undefined ? undefined : parseAddress(flags.to, '--to')
    this.listenForInterrupts(() => undefined)
    const who = { what: 'host it', isFit: this.mayHost(() => (service === undefined ? [] : [service])) }
    const common = {
      idleMs: flags.idle,
      onState: this.onState,
      onNotice: (text: string) => this.logToStderr(`warning: ${text}`),
      onError: this.say,
      elsewhere: readElsewhere(flags['connect-to']),
    }
    const all = { ...common, refreshMs, onNews: (text: string) => this.logToStderr(text) }
    await this.withOverlay(flags, who, overlay =>
      this.hostUntilInterrupted(() =>
        service === undefined
          ? hostAll(overlay, all)
          : hostTcp(overlay, { ...common, service, to, terminator: flags.terminator }),
      ),
    )
  }
}
