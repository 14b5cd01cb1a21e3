import { Args, Flags } from '@oclif/core'
import { BaseCommand, specFlags } from '../src/cli/base-command.js'
import { stayUntilInterrupted } from '../src/cli/hosting.js'
import { identityFlags, openOverlayFor } from '../src/cli/overlay-identity.js'
import { openPorts } from '../src/cli/proxying.js'
import { openBrowser } from '../src/tools/browser.js'

export default class OpenCommand extends BaseCommand {
  static override enableJsonFlag = false
  static override summary = 'Look at a service of the overlay in the browser'
  static override description = 'Has a port of 127.0.0.1 lead to it and opens that. Stays until Ctrl-C.'
  static override examples = ['<%= config.bin %> open kubeA.prometheus.svc']
  static override args = { service: Args.string({ description: 'SERVICE or SERVICE:PORT', required: true }) }
  static override flags = {
    ...specFlags,
    ...identityFlags,
    print: Flags.boolean({ description: 'Only print the address' }),
  }

  async run() {
    const { args, flags } = await this.parse(OpenCommand)
    this.listenForInterrupts()
    const opened = await openOverlayFor(flags)
    try {
      const ports = await openPorts([args.service], opened, line => this.logToStderr(line))
      for (const { port } of ports) {
        const url = `http://127.0.0.1:${port}/`
        this.log(url)
        if (!flags.print) await openBrowser(url, process.platform)
      }
      await stayUntilInterrupted(this.signal)
      await Promise.all(ports.map(one => one.close()))
    } finally {
      await opened.overlay.close()
    }
  }
}
