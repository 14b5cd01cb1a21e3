import { Args, Flags } from '@oclif/core'
import { specFlags, timeoutFlags } from '../src/cli/base-command.js'
import { sdkFlag } from '../src/cli/native-sdk.js'
import { idleFlag, OverlayCommand } from '../src/cli/overlay-command.js'
import { identityFlags } from '../src/cli/overlay-identity.js'
import { joinStdio } from '../src/cli/stdio.js'
import { dialDestination } from '../src/flows/dial.js'

export default class ConnectCommand extends OverlayCommand {
  static override summary = 'Connect stdin and stdout to a service, as nc does, without a tunneler'
  static override description =
    'Takes the name of a service, its intercept address, what the spec calls a target, or the text of a scrape target (service-identity). The end of stdin is passed on; it ends when the other side does.'
  static override examples = [
    '<%= config.bin %> connect kubeA.reflect.svc.ziti:80',
    'echo hello | <%= config.bin %> connect kubeA.reflect.svc',
    '<%= config.bin %> connect kubeA.reflect.scrape.svc --identity kubeA.reflect.id --as dev.client',
  ]
  static override args = {
    service: Args.string({ ignoreStdin: true, description: 'What to connect to', required: true }),
  }
  static override flags = {
    ...specFlags,
    ...identityFlags,
    ...timeoutFlags,
    ...sdkFlag,
    identity: Flags.string({
      description: "The terminator's identity to ask for, instead of the one in the service's config; empty for none",
    }),
    ...idleFlag,
  }

  async run() {
    const { args, flags } = await this.parse(ConnectCommand)
    this.listenForInterrupts(() => undefined)
    await this.withOverlay(flags, undefined, async (overlay, targets) => {
      const naming = { identity: flags.identity, targets }
      const onNotice = (text: string) => this.logToStderr(text)
      const dialled = await this.orInterrupted(dialDestination(overlay, args.service, naming, onNotice))
      if (dialled !== undefined) await joinStdio(dialled, this.signal, flags.idle)
    })
    if (this.signal.aborted) process.exitCode = 130
  }
}
