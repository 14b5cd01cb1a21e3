import { basename, join, resolve } from 'node:path'
import { Flags } from '@oclif/core'
import type { Overlay } from '../edge/index.js'
import { UsageError } from '../errors.js'
import { chooseIdentity, type HeldFile, isDeveloper } from '../flows/identities.js'
import { type OpenOptions, openOverlayAs } from '../flows/overlay.js'
import type { Topology } from '../model/topology.js'
import { wantedSession } from './environment.js'
import { nodeFiles } from './files.js'
import { readIdentityFile } from './identity-login.js'
import { type Interpreted, interpret, readSpecFile } from './workspace.js'

/** Flags of the commands that use the overlay itself. */
export const identityFlags = {
  as: Flags.string({ description: 'Identity of the spec to act as; its file must be in the output folder' }),
  'identity-file': Flags.string({ description: 'Identity file to act with, wherever it is', exclusive: ['as'] }),
  oidc: Flags.boolean({
    description: 'Log in by OIDC for a bearer token (or ZPROM_OIDC=1; controllers from 1.6 on)',
    allowNo: true,
  }),
}

/** The flags that say as whom to act, and by which SDK. */
export type IdentityChoice = {
  readonly spec: string
  readonly as?: string | undefined
  readonly 'identity-file'?: string | undefined
  readonly sdk?: 'own' | 'native' | undefined
  readonly oidc?: boolean | undefined
  /** Milliseconds that the controller may take to begin an answer. */
  readonly timeout: number
}

/** Which identity is meant when none is named, and what it is to do. */
export type Wanted = { readonly what: string; isFit(held: HeldFile, topology: Topology): boolean }

const toDial: Wanted = { what: 'dial', isFit: isDeveloper }

/** The overlay as the identity chosen, and the spec where there is one. Not closed here. */
export type OpenedOverlay = {
  readonly overlay: Overlay
  readonly identity: string
  readonly interpreted: Interpreted | undefined
}

/**
 * Opens the overlay as an identity: the one named, or the only one here that is fit. Throws UsageError that lists what there
 * is, FileError.
 */
export async function openOverlayFor(choice: IdentityChoice, wanted = toDial): Promise<OpenedOverlay> {
  const file = await readSpecFile(choice.spec)
  const interpreted = file.text === undefined ? undefined : await interpret(file.text, file, [])
  const given = choice['identity-file']
  const options = { timeoutMs: choice.timeout, now: Date.now, wanted: wantedSession(choice.oidc) }
  const bySdk = async (own: Overlay, path: string) =>
    choice.sdk === 'native' ? (await import('./native-sdk.js')).useNativeSdk(own, resolve(path)) : own
  if (given !== undefined) {
    const { identity, overlay } = await openGivenFile(given, options)
    return { identity, overlay: await bySdk(overlay, given), interpreted }
  }
  if (interpreted === undefined)
    throw new UsageError(`there is no ${choice.spec} to find an identity in`, 'name a file with --identity-file PATH')
  const { inputs } = interpreted
  const fitting = { what: wanted.what, isFit: (held: HeldFile) => wanted.isFit(held, inputs.topology) }
  const chosen = await chooseIdentity(inputs, choice.as, fitting, { files: nodeFiles })
  const wish = inputs.topology.enrollments.find(({ identity }) => identity === chosen.identity)
  const path = join(inputs.outDir, (wish?.path ?? '').replace(/\.jwt$/, '.json'))
  const overlay = await bySdk(openOverlayAs(chosen.identity, chosen.file, options), path)
  return { identity: chosen.identity, overlay, interpreted }
}

async function openGivenFile(path: string, options: OpenOptions): Promise<Omit<OpenedOverlay, 'interpreted'>> {
  const file = await readIdentityFile(path)
  const identity = basename(path).replace(/\.json$/, '')
  return { identity, overlay: openOverlayAs(identity, file, options) }
}
