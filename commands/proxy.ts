import { Args, Flags } from '@oclif/core'
import { specFlags, timeoutFlags } from '../src/cli/base-command.js'
import { sdkFlag } from '../src/cli/native-sdk.js'
import { idleFlag, OverlayCommand } from '../src/cli/overlay-command.js'
import { identityFlags } from '../src/cli/overlay-identity.js'
import { openProxy } from '../src/flows/proxy.js'

export default class ProxyCommand extends OverlayCommand {
  static override strict = false
  static override summary = 'Put services of the overlay on ports of 127.0.0.1'
  static override description =
    'Prints the address of each and goes on until Ctrl-C. Without a port a free one is taken. Services can be named as for zprom connect.'
  static override examples = [
    '<%= config.bin %> proxy kubeA.prometheus.svc:9090 kubeB.prometheus.svc:9091',
    '<%= config.bin %> proxy kubeA.reflect.svc',
  ]
  static override args = {
    services: Args.string({
      ignoreStdin: true,
      description: 'SERVICE or SERVICE:PORT, the port being that of 127.0.0.1',
      required: true,
    }),
  }
  static override flags = {
    ...specFlags,
    ...identityFlags,
    ...timeoutFlags,
    ...sdkFlag,
    identity: Flags.string({
      description: "The terminator's identity to ask for, instead of those in the services' configs; empty for none",
    }),
    ...idleFlag,
  }

  async run() {
    const { argv, flags } = await this.parse(ProxyCommand)
    this.listenForInterrupts(() => undefined)
    const { identity, idle: idleMs } = flags
    await this.withOverlay(flags, undefined, async (overlay, targets) => {
      const options = { wanted: argv.map(String), naming: { identity, targets }, idleMs, onError: this.say }
      const proxy = await this.orInterrupted(openProxy(overlay, options))
      for (const { host, port, destination } of proxy?.ports ?? [])
        this.log(
          `${host}:${port} leads to ${destination.service}${destination.isUdp ? ' (by UDP: each piece that is sent is a datagram)' : ''}`,
        )
      await this.untilInterrupted()
      await proxy?.close()
    })
  }
}
