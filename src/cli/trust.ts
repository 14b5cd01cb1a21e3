import { fetchVersion, isDistrust } from '../controller/index.js'
import { describeCertificate, isPubliclyTrusted, probeServer } from '../enroll/index.js'
import { ControllerError, UsageError } from '../errors.js'
import { askYesNo, canAsk } from './prompts.js'
import { readCaFile } from './secrets.js'

/** What a profile trusts for its controller: PEM of the CA that it pinned, or the system's roots. */
export type Trusted = { readonly profile: string; readonly ca: string | undefined }

/** All that may say which CA vouches for a controller. */
export type TrustInput = {
  readonly url: string
  /** A CA file that the person names; it is believed. */
  readonly caFile: string | undefined
  /** The CA that an identity file of the person's trusts; PEM. */
  readonly offered?: string | undefined
  /** What earlier logins to this controller trust; none on first use. */
  readonly before: readonly Trusted[]
  readonly yes: boolean
  readonly timeoutMs: number
  readonly say: (line: string) => void
}

/**
 * The CA to trust for a controller, as PEM; undefined when the system's roots vouch for it. On first use the controller's
 * own CA is shown and the person decides (trust on first use). What was trusted before, by whichever profile, is asked first,
 * and when none of it vouches any more, nothing else takes its place quietly: neither another CA nor the system's roots.
 */
export async function findTrust(input: TrustInput): Promise<string | undefined> {
  const { url, caFile, offered, before, yes, timeoutMs, say } = input
  if (caFile !== undefined) return readCaFile(caFile)
  for (const { ca } of before) if (ca !== undefined && (await vouches(ca, input))) return ca
  const [first] = before
  if (first === undefined && offered !== undefined && (await vouches(offered, input))) return offered
  const isPublic = await isPubliclyTrusted(url, { timeoutMs })
  if (isPublic && (first === undefined || before.some(({ ca }) => ca === undefined))) return undefined
  const bundle = isPublic ? [] : (await probeServer(url, { timeoutMs })).bundle
  const shown = isPublic ? undefined : bundle.join('')
  say(first === undefined ? `The CA of ${url}:` : describeChange(url, first.ca, isPublic))
  for (const line of bundle.map(describe)) say(line)
  if (first !== undefined) say('If the controller was not set up anew, someone may be in between: do not go on.')
  if (yes && first === undefined) return shown
  if (!canAsk()) throw first === undefined ? unknownCa(url) : changedCa(url, first)
  const question = isPublic ? "Trust the system's roots for it from now on?" : 'Trust it and pin it?'
  if (await askYesNo(question, '--yes')) return shown
  throw first === undefined ? declined() : changedCa(url, first)
}

// Whether the server is one that a CA vouches for. What else keeps it from answering is no question of trust.
async function vouches(ca: string, { url, timeoutMs }: TrustInput): Promise<boolean> {
  try {
    await fetchVersion({ url, ca, timeoutMs })
    return true
  } catch (error) {
    if (error instanceof ControllerError && isDistrust(error)) return false
    throw error
  }
}

function describeChange(url: string, pinned: string | undefined, isPublic: boolean): string {
  if (pinned === undefined) return `The system's roots vouched for ${url} before, and do no more. It now shows this CA:`
  const now = isPublic ? "It is now one that the system's roots vouch for." : 'It now shows:'
  return `The CA of ${url} is not the one that was pinned before. ${now}`
}

// A changed CA is the one thing that --yes does not wave through: only a person, or a CA file, can say that it is right.
// The exit code is that of every command that meets it: the controller is not trusted.
function changedCa(url: string, { profile, ca }: Trusted): ControllerError {
  return new ControllerError(
    ca === undefined
      ? `${url} shows a CA of its own, where the system's roots vouched for it before`
      : `${url} shows another CA than the pinned one`,
    { method: 'GET', path: '/.well-known/est/cacerts', retryable: false },
    `if that is right: zprom logout --profile ${profile} --forget, then log in again; or pass --ca FILE`,
  )
}

function unknownCa(url: string): UsageError {
  const hint = 'pass --ca FILE, or --yes to pin the one that it shows'
  return new UsageError(`${url}: its CA is not known here yet`, hint)
}

function declined(): UsageError {
  return new UsageError(
    'the CA was not accepted; nothing was stored',
    'compare the fingerprints with the operator of the controller, or pass --ca FILE',
  )
}

function describe(pem: string): string {
  const { subject, sha256, notAfter } = describeCertificate(pem)
  return `  ${subject}\n    SHA-256 ${sha256}\n    valid until ${new Date(notAfter).toISOString().slice(0, 10)}`
}
