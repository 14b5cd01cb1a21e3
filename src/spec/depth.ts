// A spec goes five levels down. A parser that works by recursion can be driven to the end of its stack by a file of
// brackets, and there V8 may end the whole process rather than throw; so depth is judged before anything is parsed.
const maxDepth = 200

/** The offset at which a text is nested deeper than any spec can be; undefined when it is not. Judges YAML or any text. */
export function tooDeepAt(text: string): number | undefined {
  return firstOf([text.search(/^ {200}/m), text.search(/(?:[-?:][ \t]+){200}/), bracketsTooDeepAt(text)])
}

// Brackets in quotes and comments count too: no spec has so many of those either.
function bracketsTooDeepAt(text: string): number {
  let depth = 0
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > maxDepth) return index
  }
  return -1
}

function firstOf(offsets: readonly number[]): number | undefined {
  const found = offsets.filter(offset => offset >= 0)
  return found.length === 0 ? undefined : Math.min(...found)
}
