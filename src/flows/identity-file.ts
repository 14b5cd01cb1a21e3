import { FileError } from '../errors.js'

/** An identity file that is about to be handed to a program: its text, where it is, how a person would type that, and whose. */
export type HandedOver = {
  readonly text: string
  readonly path: string
  readonly shown: string
  readonly identity: string
}

/**
 * Makes sure that the programs of the article can use an identity file: they run on, or end in a circle, without a word that
 * a person could understand. Their SDK (0.15) reads `ztAPI`, not the list `ztAPIs` of later ones. Throws FileError, which
 * never holds what is in the file.
 */
export function requireUsableIdentity({ text, path, shown, identity }: HandedOver): void {
  const lack = lackOf(text)
  if (lack === undefined) return
  throw new FileError(
    `${shown} cannot be used as the identity file of ${identity}: ${lack}`,
    path,
    `put the right file back, or make a new one: zprom apply --re-enroll ${identity}`,
  )
}

function lackOf(text: string): string | undefined {
  const file = parse(text)
  if (file === undefined) return 'it is no JSON with "ztAPI" and "id"'
  const { ztAPI, ztAPIs, id } = file
  if (typeof ztAPI !== 'string' || !/^https:\/\/./.test(ztAPI)) {
    return Array.isArray(ztAPIs)
      ? 'it has "ztAPIs", which Prometheus and reflect do not read, and no "ztAPI"'
      : 'it has no "ztAPI", the URL of the controller'
  }
  const members = mapOf(id) ?? {}
  const bad = ['key', 'cert', 'ca'].find(name => !isPem(members[name]))
  return bad === undefined ? undefined : `its "id.${bad}" holds no PEM text`
}

// A reference to another file leads nowhere in a container.
function isPem(value: unknown): boolean {
  return typeof value === 'string' && /^(?:pem:\s*)?-----BEGIN /.test(value)
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return mapOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(Object.entries(value))
}
