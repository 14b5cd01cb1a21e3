/**
 * What a request should say of packed answers. A list is text that shrinks to a tenth, which is worth it on any line; on this
 * machine it only takes time, and so it does for a document of a few hundred bytes.
 */
export function acceptedEncoding(url: string, isList: boolean): 'gzip' | 'identity' {
  return isList && !/^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname) ? 'gzip' : 'identity'
}
