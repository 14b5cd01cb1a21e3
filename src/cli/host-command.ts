import type { Hosting } from '../edge/index.js'
import type { OnState } from '../flows/host-reflect.js'
import { expectAccess, expectHosts } from '../verify/index.js'
import { OverlayCommand } from './overlay-command.js'
import type { Wanted } from './overlay-identity.js'

/** Base of the commands that offer something on the overlay. */
export abstract class HostCommand extends OverlayCommand {
  /** Which identities of a spec are meant to host all of certain services; none of no services. */
  protected mayHost(servicesOf: (identity: string) => readonly string[]): Wanted['isFit'] {
    let known: ReturnType<typeof expectHosts> | undefined
    return ({ identity }, topology) => {
      // Asked for every identity of one topology.
      const hosts = known ?? expectHosts(expectAccess(topology))
      known = hosts
      const services = servicesOf(identity)
      return services.length > 0 && services.every(service => hosts.get(service)?.includes(identity) === true)
    }
  }

  /** Says on stdout what is hosted, on stderr what was lost and will be tried again. */
  protected readonly onState: OnState = (service, state, detail) => {
    if (state === 'hosting') this.log(`hosting ${service} over ${detail}`)
    else this.logToStderr(`lost ${service}: ${detail}; trying again`)
  }

  /** Keeps an offer until Ctrl-C, which takes it back. */
  protected async hostUntilInterrupted(start: () => Promise<Hosting>): Promise<void> {
    const hosting = await this.orInterrupted(start())
    if (hosting === undefined) return
    // What it fails at after its beginning is a bug, and must not go on in silence.
    await Promise.race([this.untilInterrupted(), hosting.closed])
    await hosting.close()
  }
}
