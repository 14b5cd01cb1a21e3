import { Flags } from '@oclif/core'
import { specFlags } from '../src/cli/base-command.js'
import { accessLog, bridgeFlags, limitsOf, now, readListen, readTokenFile } from '../src/cli/bridge.js'
import { nodeFiles } from '../src/cli/files.js'
import { sdkFlag } from '../src/cli/native-sdk.js'
import { OverlayCommand } from '../src/cli/overlay-command.js'
import { identityFlags, openOverlayFor } from '../src/cli/overlay-identity.js'
import { readSpecFile } from '../src/cli/workspace.js'
import type { Overlay } from '../src/edge/index.js'
import { runBridge } from '../src/flows/bridge.js'
import { leaveOverlay } from '../src/flows/overlay.js'

export default class BridgeCommand extends OverlayCommand {
  static override summary = 'Let a stock Prometheus scrape the overlay'
  static override description =
    'Runs a proxy that a Prometheus uses as proxy_url, and the lists of targets that it reads by http_sd_configs. It dials services as one identity, and nothing but services. Ends with Ctrl-C or SIGTERM. With a spec, a target that is added there appears without a restart.'
  static override examples = [
    '<%= config.bin %> bridge --as kubeA.prometheus.id',
    '<%= config.bin %> bridge --as dev.client --identity-file dev.client.json --listen 0.0.0.0:17777 --token-file token',
  ]
  static override flags = {
    ...specFlags,
    ...identityFlags,
    ...sdkFlag,
    // With both, the file is of the identity named, whose jobs the spec may know.
    'identity-file': Flags.string({ description: 'Identity file to act with, wherever it is' }),
    ...bridgeFlags,
  }

  async run() {
    const { flags } = await this.parse(BridgeCommand)
    this.listenForInterrupts()
    const file = await readSpecFile(flags.spec)
    const tokenFile = flags['token-file']
    const token = tokenFile === undefined ? undefined : await readTokenFile(tokenFile)
    const write = (line: string) => void process.stderr.write(`${line}\n`)
    const listen = readListen(flags.listen, token !== undefined)
    const opened = await openOverlayFor({ ...flags, timeout: flags['controller-timeout'] })
    const identity =
      flags.as ?? (flags['identity-file'] === undefined ? opened.identity : await this.whoIs(opened.overlay))
    const bridge = await runBridge(
      {
        identity,
        overlay: opened.overlay,
        ...listen,
        token,
        limits: limitsOf(flags),
        version: this.config.version,
      },
      {
        spec: { read: () => nodeFiles.read(file.path), shown: file.shown },
        listener: this.listener,
        clock: () => performance.now(),
        now,
        onAccess: accessLog(flags.log, write),
        onBug: error => write(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      },
    )
    const host = bridge.host.includes(':') ? `[${bridge.host}]` : bridge.host
    write(`zprom bridge: ${identity} on http://${host}:${bridge.port} (proxy_url; targets at /sd/targets)`)
    await this.untilInterrupted()
    await bridge.close(graceMs)
    this.endSoon()
  }

  // The file may be called anything.
  private async whoIs(overlay: Overlay): Promise<string> {
    try {
      return await overlay.whoAmI()
    } catch (error) {
      await leaveOverlay(overlay)
      throw error
    }
  }
}

// Shorter than systemd and Kubernetes wait before they kill, longer than most scrapes.
const graceMs = 5000
