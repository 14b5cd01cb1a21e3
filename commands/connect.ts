import { pipeline } from 'node:stream/promises'
import { Args, Flags } from '@oclif/core'
import { BaseCommand, specFlags } from '../src/cli/base-command.js'
import { findPlace, identityFlags, openOverlayFor } from '../src/cli/overlay-identity.js'
import { Interrupted } from '../src/errors.js'

export default class ConnectCommand extends BaseCommand {
  static override enableJsonFlag = false
  static override summary = 'Connect stdin and stdout to a service of the overlay, without a tunneler'
  static override description =
    'As netcat does on a machine with a tunneler. The service by its name, its intercept address, or what the spec calls it. Ends when the other side ends.'
  static override examples = [
    'echo hello | <%= config.bin %> connect kubeA.reflect.svc',
    '<%= config.bin %> connect kubeA.reflect.svc.ziti:80 --as dev.client',
  ]
  static override args = { service: Args.string({ description: 'What to connect to', required: true }) }
  static override flags = {
    ...specFlags,
    ...identityFlags,
    identity: Flags.string({ description: 'Terminator to ask for by name; the one that the spec knows unless given' }),
  }

  async run() {
    const { args, flags } = await this.parse(ConnectCommand)
    this.listenForInterrupts()
    const opened = await openOverlayFor(flags)
    const { overlay } = opened
    try {
      const place = await findPlace(args.service, opened)
      const identity = flags.identity ?? place.identity
      const connection = await overlay.dial(place.service, identity === undefined ? {} : { identity })
      const options = { signal: this.signal }
      const sending = pipeline(process.stdin, connection, options).catch(ignoreClosed)
      // The process's own stdout outlives this: others may have something to say afterwards.
      await pipeline(connection, process.stdout, { ...options, end: false })
      process.stdin.destroy()
      await sending
    } catch (error) {
      if (this.signal.aborted) throw new Interrupted('interrupted', null)
      throw error
    } finally {
      await overlay.close()
    }
  }
}

// When the other side has said all it had to say, what is still typed has nowhere to go.
function ignoreClosed(error: Error & { code?: string }): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'ABORT_ERR') throw error
}
