/**
 * DER of each certificate in a PKCS#7 "certs-only" message (RFC 5652, SignedData), in its order; undefined when the bytes
 * are something else. A walk of a few lines instead of a library: the message is a fixed path of tags, and each step
 * only narrows the slice, so hostile input ends in undefined and in linear time.
 */
export function certificatesOfPkcs7(der: Uint8Array): Uint8Array[] | undefined {
  const contentInfo = read(der)
  if (contentInfo?.tag !== SEQUENCE) return undefined
  const type = read(contentInfo.body)
  if (type?.tag !== OID || !Buffer.from(type.body).equals(SIGNED_DATA)) return undefined
  const content = read(type.rest)
  const signedData = content?.tag === CONTEXT_0 ? read(content.body) : undefined
  if (signedData?.tag !== SEQUENCE) return undefined

  let next = read(signedData.body)
  for (const tag of [INTEGER, SET, SEQUENCE]) {
    // version, digestAlgorithms, encapContentInfo
    if (next?.tag !== tag) return undefined
    next = read(next.rest)
  }
  return next?.tag === CONTEXT_0 ? readAll(next.body) : []
}

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const OID = 0x06
const CONTEXT_0 = 0xa0
// 1.2.840.113549.1.7.2
const SIGNED_DATA = Buffer.from('2a864886f70d010702', 'hex')

type Element = {
  readonly tag: number
  readonly whole: Uint8Array
  readonly body: Uint8Array
  readonly rest: Uint8Array
}

function readAll(bytes: Uint8Array): Uint8Array[] | undefined {
  const found: Uint8Array[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const element = read(rest)
    if (element?.tag !== SEQUENCE) return undefined
    found.push(element.whole)
    rest = element.rest
  }
  return found
}

// One tag, one definite length, one value; indefinite lengths are BER and not what the controller writes.
function read(bytes: Uint8Array): Element | undefined {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) return undefined
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  if (first === 0x80 || lengthBytes > 4 || bytes.length < 2 + lengthBytes) return undefined
  const length = first < 0x80 ? first : bytes.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
  const start = 2 + lengthBytes
  if (bytes.length < start + length) return undefined
  return {
    tag,
    whole: bytes.subarray(0, start + length),
    body: bytes.subarray(start, start + length),
    rest: bytes.subarray(start + length),
  }
}
