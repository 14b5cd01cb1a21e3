/** The value of a JSON text; undefined when it is none. What the parser says would quote the text, and that may be secret. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
