/** The query for all of a collection in one answer: `limit none` works inside a filter on every version, and only there. */
export function wholeQuery(filter = 'true'): string {
  return String(new URLSearchParams({ filter: `${filter} limit none` }))
}

/** The filter for the members of a collection with one of these names. */
export function namedFilter(names: readonly string[]): string {
  return `name in [${names.map(name => JSON.stringify(name)).join(', ')}]`
}
