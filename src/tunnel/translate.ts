import { isIP } from 'node:net'

/** Of a network, another one of the same size: what host.v1 calls forwardAddressTranslations. */
export type Translation = { readonly from: string; readonly to: string; readonly prefixLength: number }

/** Reads one; undefined when it is none. */
export function readTranslation(raw: Readonly<Record<string, unknown>>): Translation | undefined {
  const { from, to, prefixLength } = raw
  if (typeof from !== 'string' || typeof to !== 'string' || typeof prefixLength !== 'number') return undefined
  const family = isIP(from)
  const isFit = family !== 0 && family === isIP(to) && Number.isInteger(prefixLength)
  return isFit && prefixLength >= 0 && prefixLength <= widthOf(family) ? { from, to, prefixLength } : undefined
}

/**
 * An address as it is on the host's side: by the longest prefix that it has, its host part kept. Names, and addresses that no
 * translation is for, stay as they are, as with the tunneler of OpenZiti (tunnel/intercept/hosting.go).
 */
export function translateAddress(address: string, translations: readonly Translation[]): string {
  const family = isIP(address)
  if (family === 0) return address
  const bits = bitsOf(address, family)
  const found = translations
    .toSorted((one, other) => other.prefixLength - one.prefixLength)
    .find(({ from, prefixLength }) => {
      const shift = BigInt(widthOf(family) - prefixLength)
      return isIP(from) === family && bitsOf(from, family) >> shift === bits >> shift
    })
  if (found === undefined) return address
  const shift = BigInt(widthOf(family) - found.prefixLength)
  const network = (bitsOf(found.to, family) >> shift) << shift
  return textOf(network | (bits & ((1n << shift) - 1n)), family)
}

function widthOf(family: number): number {
  return family === 4 ? 32 : 128
}

function bitsOf(address: string, family: number): bigint {
  if (family === 4) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
  return groupsOf(address).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

// The eight groups of an IPv6 address: `::` stands for those that are missing, and the last two can be an IPv4 address.
function groupsOf(address: string): string[] {
  const plain = address.replace(/%.*$/, '').replace(/[\d.]+\.\d+$/, last => {
    const bits = bitsOf(last, 4)
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`
  })
  const [head = '', tail] = plain.split('::')
  const split = (text = '') => (text === '' ? [] : text.split(':'))
  const [first, last] = [split(head), split(tail)]
  return [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last]
}

function textOf(bits: bigint, family: number): string {
  const [count, width, radix, between] = family === 4 ? [4, 8n, 10, '.'] : [8, 16n, 16, ':']
  const mask = (1n << BigInt(width)) - 1n
  const parts = Array.from({ length: Number(count) }, (_, at) => (bits >> (BigInt(width) * BigInt(at))) & mask)
  return parts
    .toReversed()
    .map(part => part.toString(Number(radix)))
    .join(String(between))
}
