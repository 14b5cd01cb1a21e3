import { join, resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../src/cli/base-command.js'
import { sandboxFlags } from '../../src/cli/sandbox/command.js'
import { runSandboxDemo } from '../../src/cli/sandbox/demo.js'
import { sandboxDown, sandboxStatus, sandboxUp } from '../../src/cli/sandbox/index.js'
import { VerifyError } from '../../src/errors.js'
import { formatChecks } from '../../src/report/checks-text.js'
import type { SandboxDemoJson } from '../../src/report/schema/machine.js'

export default class SandboxDemoCommand extends BaseCommand {
  static override summary =
    'The whole article on this machine: two clusters, their Prometheus servers and yours, all on the overlay'
  static override description =
    'Starts the sandbox, provisions kubeA, kubeB, a developer and a dark local Prometheus, hosts the workloads, runs a stock Prometheus for each behind a bridge, and proves over the overlay that all of it works. Stays until Ctrl-C, then ends what it started: the sandbox too, unless it ran before or --keep is said.'
  static override examples = ['<%= config.bin %> sandbox demo', '<%= config.bin %> sandbox demo --once']
  static override flags = {
    ...sandboxFlags,
    work: Flags.string({
      description: 'Folder for zprom.yaml and what comes of it; in the folder of the sandbox unless given',
    }),
    once: Flags.boolean({ description: 'End when it is proved' }),
    keep: Flags.boolean({ description: 'Leave the sandbox running' }),
  }

  async run(): Promise<SandboxDemoJson> {
    const { flags } = await this.parse(SandboxDemoCommand)
    const say = (line: string) => this.logToStderr(line)
    // A terminal that is closed, too, must not leave servers behind.
    this.listenForInterrupts(
      () => say('ending it; once more ends at once, and leaves the sandbox for: zprom sandbox down'),
      ['SIGINT', 'SIGTERM', 'SIGHUP'],
    )
    const { running, starting } = await sandboxStatus(flags.folder)
    const isOwn = !running && !starting
    try {
      return await this.demonstrate(flags, say)
    } finally {
      if (isOwn && !flags.keep) await sandboxDown(flags.folder, false, say)
    }
  }

  private async demonstrate(flags: DemoFlags, say: (line: string) => void): Promise<SandboxDemoJson> {
    const status = await sandboxUp(flags.folder, say)
    const work = resolve(flags.work ?? join(flags.folder, 'demo'))
    const { listener, signal } = this
    const run = { work, profile: status.profile ?? 'sandbox', version: this.config.version, listener, signal, say }
    const { checks, addresses, spent, close } = await runSandboxDemo(run)
    const failed = checks.filter(({ result }) => result === 'fail').length
    try {
      this.log(formatChecks(checks, spent))
      // A program that waits for the document would wait for ever.
      const stays = !flags.once && !(failed > 0 && this.jsonEnabled())
      if (stays) {
        for (const [name, address] of addresses) this.log(`${name}: ${address}`)
        const document: SandboxDemoJson = { checks, urls: Object.fromEntries(addresses) }
        if (this.jsonEnabled()) this.tell(document)
        say('Ctrl-C ends it')
        await this.untilInterrupted()
      }
    } finally {
      await close()
    }
    if (failed > 0) throw new VerifyError(`${failed} of ${checks.length} checks failed`, checks, spent)
    // Nothing answers there any more.
    return { checks, urls: {} }
  }
}

type DemoFlags = { readonly folder: string; readonly work?: string | undefined; readonly once: boolean }
