import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { FileError, UsageError } from '../errors.js'
import { filesOf } from './files.js'

/** What an identity file gives for a login. PEM; `key` is a secret. */
export type CertificateLogin = { readonly name: string; readonly cert: string; readonly key: string }

/** Reads the identity file of an administrator: certificate, controller, and what it trusts. Throws UsageError, FileError. */
export async function loadIdentity(
  path: string,
): Promise<CertificateLogin & { readonly controller: string; readonly ca: string | undefined }> {
  const { certPems, keyPem, caPems, controller } = await readIdentityFile(path)
  const name = basename(path).replace(/\.json$/, '')
  return {
    name,
    cert: certPems.join(''),
    key: keyPem,
    controller,
    ca: caPems.length === 0 ? undefined : caPems.join(''),
  }
}

/** Reads a certificate and its key, PEM files. Throws UsageError when one is missing, or they are not of each other. */
export async function loadCertificate(certFile?: string, keyFile?: string): Promise<CertificateLogin> {
  if (certFile === undefined || keyFile === undefined) {
    const missing = certFile === undefined ? 'certificate' : 'key'
    throw new UsageError(
      `the ${missing} of the login is missing`,
      'pass both --cert FILE and --key FILE, or set both ZPROM_CERT_FILE and ZPROM_KEY_FILE',
    )
  }
  const { keyFitsCertificate } = await import('../enroll/index.js')
  const [cert, key] = await Promise.all([readPem(certFile, 'CERTIFICATE'), readPem(keyFile, 'PRIVATE KEY')])
  try {
    if (keyFitsCertificate(key, cert)) return { name: basename(certFile), cert, key }
  } catch {
    // What is wrong with it would quote it.
  }
  throw new UsageError(
    `${keyFile} is not the key of the certificate in ${certFile}, or damaged or encrypted`,
    'they must belong to each other; an encrypted key has to be decrypted before',
  )
}

/** An identity file, with the files that it refers to. Throws FileError. */
export async function readIdentityFile(path: string) {
  const { parseIdentityFile } = await import('../enroll/index.js')
  const text = await filesOf('--identity, or ZPROM_IDENTITY_FILE').read(resolve(path))
  if (text === undefined) throw new FileError(`${path}: there is no such identity file`, path)
  // References in it are seen from where it is.
  const read = (referred: string) => readReferred(resolve(dirname(path), referred), path)
  return parseIdentityFile(text, { name: path, read })
}

async function readPem(path: string, what: string): Promise<string> {
  const text = await filesOf('--cert and --key, or ZPROM_CERT_FILE and ZPROM_KEY_FILE').read(resolve(path))
  if (text?.includes(`${what}-----`)) return text
  throw new UsageError(`${path} ${text === undefined ? 'does not exist' : `holds no PEM ${what.toLowerCase()}`}`)
}

function readReferred(path: string, from: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new FileError(`${from}: it refers to ${path}, which can't be read`, from)
  }
}
