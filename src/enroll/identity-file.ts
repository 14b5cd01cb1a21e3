import { FileError } from '../errors.js'
import { type Certificate, readCertificates } from './certificates.js'
import { memberOf } from './failure.js'
import { readKey } from './key.js'

/** What an identity file stands for, with every reference resolved. */
export type IdentityFile = {
  /** `https://host:port` of the controller. */
  readonly controller: string
  /** Of the other controllers of its cluster, if the file names any. */
  readonly others: string[]
  readonly keyPem: string
  /** The identity's certificate, then those between it and the root, if the file has them. */
  readonly certPems: string[]
  /** What the controller and the routers are verified with; may be empty. */
  readonly caPems: string[]
}

/**
 * The text of an identity file, byte for byte as `ziti edge enroll` of 0.28 writes it (sdk-golang 0.20, ziti/config.go).
 *
 * Newer releases add `"ztAPIs": null` and `"enableHa": false` (sdk-golang 1.7). They are left out: null and false are what
 * a reader takes a missing member for, the SDK of prometheuz (0.15) does not know them, and it refuses a file that has
 * `ztAPIs` alone. `ztAPI` carries /edge/client/v1 as in all these releases; SDK 0.15 drops the path, later ones need it.
 */
export function formatIdentityFile(parts: {
  readonly issuer: string
  readonly keyPem: string
  readonly certPem: string
  readonly caPems: readonly string[]
}): string {
  const file = {
    ztAPI: `${parts.issuer}/edge/client/v1`,
    configTypes: null,
    id: { key: `pem:${parts.keyPem}`, cert: `pem:${parts.certPem}`, ca: `pem:${parts.caPems.join('')}` },
  }
  return `${JSON.stringify(file)}\n`
}

/** How to name the file in errors, and how to read the files that it refers to; without `read`, references are refused. */
export type ReadOptions = {
  readonly name: string
  readonly read?: (path: string) => string
}

/** Reads an identity file of any OpenZiti release; throws FileError, which names the member but never what is in it. */
export function parseIdentityFile(text: string, options: ReadOptions): IdentityFile {
  const bad = (what: string) => new FileError(`${options.name}: ${what}.`, options.name, hint)
  const file = parseJson(text)
  if (file === undefined) throw bad('is not an identity file (JSON with "ztAPI" and "id")')
  const id = memberOf(file, 'id')
  const resolve = (member: string) => resolveReference(memberOf(id, member), member, options, bad)
  const read = (member: string) => {
    const pem = resolve(member)
    return pem === undefined ? [] : certificatesOf(pem, member, bad)
  }

  const [controller, ...others] = controllersOf(file)
  const key = resolve('key')
  const [certificate, ...chain] = read('cert')
  if (controller === undefined) throw bad('names no controller ("ztAPI" should be https://host:port/edge/client/v1)')
  if (key === undefined) throw bad('has no "id.key"')
  if (certificate === undefined) throw bad('has no certificate in "id.cert"')
  const keyPem = privateKeyOf(key)
  if (keyPem === undefined || !fits(keyPem, certificate)) {
    throw bad('has no usable private key for its certificate: "id.key" is damaged, encrypted, or of another identity')
  }
  const pemsOf = (certificates: readonly Certificate[]) => certificates.map(({ pem }) => pem)
  return { controller, others, keyPem, certPems: pemsOf([certificate, ...chain]), caPems: pemsOf(read('ca')) }
}

const hint = 'Enroll the identity again, or put the file back from where it came.'

// Real files are 5 to 20 kB.
const maxLength = 1_048_576

type Bad = (what: string) => FileError

/** The JSON object in a text; undefined when there is none. Nothing of the text gets into an error. */
export function parseJson(text: string): object | undefined {
  if (text.length > maxLength) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    // JSON.parse quotes its input, which here may be a key.
    return undefined
  }
}

/**
 * Origins of the controllers that a file names. Newer SDKs prefer the list and fall back to the single address (sdk-golang 1.7,
 * ziti/contexts.go); so do we.
 */
export function controllersOf(file: object): string[] {
  const list = memberOf(file, 'ztAPIs')
  const addresses: unknown[] = Array.isArray(list) && list.length > 0 ? list : [memberOf(file, 'ztAPI')]
  return [...new Set(addresses.flatMap(address => originOf(address) ?? []))]
}

function originOf(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined
  if (!origins.has(address)) origins.set(address, readOrigin(address))
  return origins.get(address)
}

// Thousands of identity files of a network name the same few controllers.
const origins = new Map<string, string | undefined>()

function readOrigin(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return url.protocol === 'https:' ? url.origin : undefined
}

// The forms of openziti/identity, address.go: "pem:…" or bare PEM; "file://path" or a bare path; anything else is an engine.
function resolveReference(value: unknown, member: string, options: ReadOptions, bad: Bad): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw bad(`"id.${member}" is not text`)
  if (value.startsWith('pem:')) return value.slice('pem:'.length)
  if (value.startsWith('-----BEGIN')) return value
  const isFile = value.startsWith('file:') || !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(value)
  if (!isFile) throw bad(`"id.${member}" points to a key store, which zprom cannot read`)
  if (options.read === undefined) throw bad(`"id.${member}" refers to another file, which cannot be read here`)
  const content = options.read(value.replace(/^file:(\/\/)?/, ''))
  if (content.length > maxLength) throw bad(`the file that "id.${member}" refers to is too large`)
  return content
}

function certificatesOf(pem: string, member: string, bad: Bad): Certificate[] {
  try {
    return readCertificates(pem)
  } catch {
    throw bad(`the certificates in "id.${member}" are damaged`)
  }
}

// The first private key among the blocks; openssl puts EC PARAMETERS before it, and text may stand around both.
function privateKeyOf(pem: string): string | undefined {
  const opening = /-----BEGIN (EC |RSA )?PRIVATE KEY-----/.exec(pem)
  if (opening === null) return undefined
  const closing = opening[0].replace('BEGIN', 'END')
  const end = pem.indexOf(closing, opening.index)
  return end === -1 ? undefined : `${pem.slice(opening.index, end + closing.length)}\n`
}

function fits(keyPem: string, { x509 }: Certificate): boolean {
  try {
    return x509.checkPrivateKey(readKey(keyPem))
  } catch {
    return false
  }
}
