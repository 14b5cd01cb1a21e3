/** A number with its noun, in the right form: `1 token`, `2 tokens`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
