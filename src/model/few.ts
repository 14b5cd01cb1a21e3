/** The first few of a list, and how many more there are. */
export function listFew(items: readonly string[], { separator = ', ', few = 5 } = {}): string {
  const more = items.length - few
  // "and 1 more" takes no less room than the one.
  if (more <= 1) return items.join(separator)
  return [...items.slice(0, few), `and ${more} more`].join(separator)
}
