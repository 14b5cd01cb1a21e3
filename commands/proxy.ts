import { Args } from '@oclif/core'
import { BaseCommand, specFlags } from '../src/cli/base-command.js'
import { stayUntilInterrupted } from '../src/cli/hosting.js'
import { identityFlags, openOverlayFor } from '../src/cli/overlay-identity.js'
import { openPorts } from '../src/cli/proxying.js'
import { UsageError } from '../src/errors.js'

export default class ProxyCommand extends BaseCommand {
  static override enableJsonFlag = false
  static override strict = false
  static override summary = 'Have ports of this machine lead to services of the overlay'
  static override description =
    'On 127.0.0.1 alone, a free port unless one is named. Prints the addresses and stays until Ctrl-C.'
  static override examples = [
    '<%= config.bin %> proxy kubeA.prometheus.svc:9090',
    '<%= config.bin %> proxy kubeA.prometheus kubeB.prometheus',
  ]
  static override args = { service: Args.string({ description: 'SERVICE or SERVICE:PORT, any number of them' }) }
  static override flags = { ...specFlags, ...identityFlags }

  async run() {
    const { argv, flags } = await this.parse(ProxyCommand)
    this.listenForInterrupts()
    if (argv.length === 0) throw new UsageError('no service is named', 'write zprom proxy SERVICE[:PORT]')
    const opened = await openOverlayFor(flags)
    try {
      const ports = await openPorts(argv.map(String), opened, line => this.logToStderr(line))
      for (const { port, place } of ports) this.log(`127.0.0.1:${port} leads to ${place.service}`)
      await stayUntilInterrupted(this.signal)
      await Promise.all(ports.map(one => one.close()))
    } finally {
      await opened.overlay.close()
    }
  }
}
