import { createIdentitySession } from '../controller/index.js'
import { type EdgeApi, EdgeError, type Overlay, openOverlay } from '../edge/index.js'
import type { IdentityFile } from '../enroll/index.js'

/** Opens the overlay as the identity of a file; `name` is what it is called in messages. Nothing is sent before it is needed. */
export function openOverlayAs(name: string, file: IdentityFile, timeoutMs: number): Overlay {
  const { keyPem, certPems, caPems, controller } = file
  const credentials = { key: keyPem, cert: certPems.join('\n'), ca: caPems.join('\n') }
  const makeApi = (): EdgeApi => {
    const session = createIdentitySession({ ...credentials, name, url: controller }, timeoutMs)
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
