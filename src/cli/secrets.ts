import { UsageError } from '../errors.js'
import { filesOf } from './files.js'

// Headers of a request as a whole may take a controller to a megabyte.
const maxTokenLength = 100_000

/** The first line of a password file. */
export async function readPasswordFile(path: string): Promise<string> {
  const text = await filesOf('--password-file, or ZPROM_PASSWORD_FILE').read(path)
  if (text === undefined) throw new UsageError(`the password file ${path} does not exist`)
  const [line = ''] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (line === '') throw new UsageError(`the password file ${path} is empty`)
  return line
}

/** A token of another issuer, from a file that holds nothing else. */
export async function readTokenFile(path: string): Promise<string> {
  const token = (await filesOf('--ext-jwt, or ZPROM_EXT_JWT_FILE').read(path))?.trim()
  if (token && token.length > maxTokenLength)
    throw new UsageError(`the token file ${path} holds ${token.length} characters, too many for a token`)
  if (token) return token
  throw new UsageError(`the token file ${path} ${token === undefined ? 'does not exist' : 'is empty'}`)
}

/** Reads a CA file given by the person. */
export async function readCaFile(path: string): Promise<string> {
  const text = await filesOf('--ca, or ZPROM_CA').read(path)
  if (text?.includes('BEGIN CERTIFICATE')) return text
  throw new UsageError(`the CA file ${path} ${text === undefined ? 'does not exist' : 'holds no PEM certificate'}`)
}
