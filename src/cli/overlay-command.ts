import type { Overlay } from '../edge/index.js'
import { scrapeTargetsOf } from '../expand/index.js'
import { leaveOverlay } from '../flows/overlay.js'
import type { ScrapeTarget } from '../model/scrape.js'
import { BaseCommand } from './base-command.js'
import { durationFlag } from './duration.js'
import { type IdentityChoice, openOverlayFor, type Wanted } from './overlay-identity.js'

/** Flag of the commands that carry connections. */
export const idleFlag = {
  idle: durationFlag({
    description: 'End a connection on which nothing moves for so long, such as 5m',
    default: 0,
    defaultHelp: async () => undefined,
  }),
}

// How long a run that is over may stay for what does not end.
const lingerMs = 1500

/** Base of the commands that use the overlay as one identity, and of which most go on until they are interrupted. */
export abstract class OverlayCommand extends BaseCommand {
  static override enableJsonFlag = false

  /** Opens the overlay, and leaves it when `use` is done. Throws UsageError when it is not clear as whom. */
  protected async withOverlay<T>(
    choice: IdentityChoice,
    wanted: Wanted | undefined,
    use: (overlay: Overlay, targets: readonly ScrapeTarget[]) => Promise<T>,
  ): Promise<T> {
    const { overlay, interpreted } = await openOverlayFor(choice, wanted)
    try {
      return await use(overlay, interpreted === undefined ? [] : scrapeTargetsOf(interpreted.spec))
    } finally {
      await this.leave(overlay)
    }
  }

  /** What a run gives, or undefined when it was interrupted before. */
  protected orInterrupted<T>(run: Promise<T>): Promise<T | undefined> {
    // Once it was interrupted nobody waits for it: it may still fail, and that is nobody's concern then.
    run.catch(() => undefined)
    const interrupted = new Promise<undefined>(resolve => {
      this.signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    return this.signal.aborted ? Promise.resolve(undefined) : Promise.race([run, interrupted])
  }

  /** A line on stderr about one connection of many. */
  protected readonly say = (error: Error): void => {
    this.logToStderr(error.message)
  }

  /** What hangs, or was not told that it is over, would keep the process: it ends with what is said by then, and its code. */
  protected endSoon(): void {
    setTimeout(() => process.exit(), lingerMs).unref()
  }

  private async leave(overlay: Overlay): Promise<void> {
    const inTime = await leaveOverlay(overlay)
    if (!inTime || this.signal.aborted) this.endSoon()
  }
}
