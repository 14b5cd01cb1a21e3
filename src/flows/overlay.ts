import { type Credentials, createCluster, createIdentitySession } from '../controller/index.js'
import { type EdgeApi, EdgeError, type Overlay, openOverlay } from '../edge/index.js'
import type { IdentityFile } from '../enroll/index.js'

/** How the overlay is opened; times in milliseconds. */
export type OpenOptions = {
  /** For one step, such as a request. */
  readonly timeoutMs: number
  readonly now: () => number
  /** Which kind of session to ask for; absent: a zt-session, or, from a controller that makes none, a bearer token. */
  readonly wanted?: Credentials['wanted']
}

/** Opens the overlay as the identity of a file; `name` is what it is called in messages. Nothing is sent before it is needed. */
export function openOverlayAs(name: string, file: IdentityFile, { timeoutMs, now, wanted }: OpenOptions): Overlay {
  const { keyPem, certPems, caPems, controller, others } = file
  const cluster = createCluster([controller, ...others])
  const credentials = { key: keyPem, cert: certPems.join('\n'), ca: caPems.join('\n') }
  const makeApi = (): EdgeApi => {
    const who = { ...credentials, name, url: controller, wanted }
    const session = createIdentitySession(who, { timeoutMs, now, cluster })
    return {
      ...session,
      session: async (service, type) => {
        const given = await session.session(service.id, type)
        if (given !== undefined) return given
        throw new EdgeError(
          `${service.name}: ${name} may not ${type === 'Dial' ? 'dial' : 'host'} it`,
          'denied',
          `a ${type} policy must name the identity and the service`,
        )
      },
    }
  }
  return openOverlay({ makeApi, credentials, timeoutMs })
}

// How long the controller has to answer at the end.
const leaveMs = 1500

/**
 * Closes the overlay, and waits for that no longer than a controller needs that answers: what is left of the session there ends
 * by itself. Says whether it was done in time; what was not still keeps the process. Never throws.
 */
export async function leaveOverlay(overlay: Pick<Overlay, 'close'>): Promise<boolean> {
  let late: NodeJS.Timeout | undefined
  const isLate = new Promise<boolean>(resolve => {
    late = setTimeout(() => resolve(false), leaveMs)
  })
  const closed = overlay.close().then(
    () => true,
    () => true,
  )
  const inTime = await Promise.race([closed, isLate])
  clearTimeout(late)
  return inTime
}
