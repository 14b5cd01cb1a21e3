import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { EnrollmentError } from './errors.js'
import { readKey } from './key.js'

/** A certificate signing request (PKCS#10, RFC 2986) in PEM for the key, with the given common name; no line after the last one. */
export async function makeCsr(keyPem: string, commonName: string): Promise<string> {
  const key = readKey(keyPem)
  const { hash, algorithm } = signatureBy(key)
  const asn1 = await loadSigner()
  const { BitString, Constructed, fromBER, Integer, Null, ObjectIdentifier } = asn1
  const { Sequence, Set: SetOf, Utf8String } = asn1
  const text = new Utf8String({ value: Array.from(commonName).slice(0, maxCommonName).join('') })
  const name = new Sequence({ value: [new ObjectIdentifier({ value: oid.commonName }), text] })
  const info = new Sequence({
    value: [
      new Integer({ value: 0 }), // the version, and the only one there is
      new Sequence({ value: [new SetOf({ value: [name] })] }),
      fromBER(createPublicKey(key).export({ type: 'spki', format: 'der' })).result,
      new Constructed({ idBlock: { tagClass: contextSpecific, tagNumber: 0 }, value: [] }), // no attributes
    ],
  })
  const signature = await signAside(hash, Buffer.from(info.toBER()), key)
  // RFC 4055: an algorithm of RSA has a NULL beside it; RFC 5758: one of ECDSA has nothing.
  const parameters = algorithm === oid.rsaWithSha256 ? [new Null()] : []
  const signedBy = new Sequence({ value: [new ObjectIdentifier({ value: algorithm }), ...parameters] })
  const request = new Sequence({ value: [info, signedBy, new BitString({ valueHex: signature })] })
  // A blank line after the PEM makes the controller answer COULD_NOT_PROCESS_CSR (seen on 0.28, 1.6 and 2.0).
  return pemOf(Buffer.from(request.toBER()))
}

/**
 * The library that writes requests. Most commands sign nothing, so it is loaded on demand; who knows beforehand that it will
 * be needed calls this early.
 */
export function loadSigner() {
  return import('asn1js')
}

const oid = {
  commonName: '2.5.4.3',
  rsaWithSha256: '1.2.840.113549.1.1.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
} as const

// X.690, 8.1.2.2.
const contextSpecific = 3

// ub-common-name of RFC 5280.
const maxCommonName = 64

// On another thread: a long key of RSA takes milliseconds, and of enrolments there can be thousands.
const signAside = promisify(sign)

function signatureBy(key: KeyObject) {
  if (key.asymmetricKeyType === 'rsa') return { hash: 'sha256', algorithm: oid.rsaWithSha256 }
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return { hash: 'sha256', algorithm: oid.ecdsaWithSha256 }
    case 'secp384r1':
      return { hash: 'sha384', algorithm: oid.ecdsaWithSha384 }
    case 'secp521r1':
      return { hash: 'sha512', algorithm: oid.ecdsaWithSha512 }
    default:
      throw new EnrollmentError(
        'key',
        'The private key is of a kind that OpenZiti does not take (RSA, P-256, P-384, P-521).',
      )
  }
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----'].join('\n')
}
