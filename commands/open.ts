import { Args, Flags } from '@oclif/core'
import { specFlags, timeoutFlags } from '../src/cli/base-command.js'
import { showInBrowser } from '../src/cli/browser.js'
import { sdkFlag } from '../src/cli/native-sdk.js'
import { OverlayCommand } from '../src/cli/overlay-command.js'
import { identityFlags } from '../src/cli/overlay-identity.js'
import { openProxy, urlOf } from '../src/flows/proxy.js'

export default class OpenCommand extends OverlayCommand {
  static override summary = 'Open a service of the overlay in the browser'
  static override description =
    'Puts it on a port of 127.0.0.1, prints the URL, opens it, and goes on until Ctrl-C. Services can be named as for zprom connect.'
  static override examples = [
    '<%= config.bin %> open kubeA.prometheus.svc',
    '<%= config.bin %> open kubeA.prometheus.svc:9090 --path /targets --print',
  ]
  static override args = {
    service: Args.string({ ignoreStdin: true, description: 'SERVICE or SERVICE:PORT', required: true }),
  }
  static override flags = {
    ...specFlags,
    ...identityFlags,
    ...timeoutFlags,
    ...sdkFlag,
    path: Flags.string({ description: 'What of it to open', default: '/' }),
    print: Flags.boolean({ description: 'Only print the URL' }),
  }

  async run() {
    const { args, flags } = await this.parse(OpenCommand)
    this.listenForInterrupts(() => undefined)
    await this.withOverlay(flags, undefined, async (overlay, targets) => {
      const options = { wanted: [args.service], naming: { targets }, idleMs: 0, onError: this.say }
      const proxy = await this.orInterrupted(openProxy(overlay, options))
      for (const port of proxy?.ports ?? []) {
        const url = urlOf(port, flags.path)
        this.log(url)
        if (!flags.print) await showInBrowser(url, line => this.logToStderr(line))
      }
      await this.untilInterrupted()
      await proxy?.close()
    })
  }
}
