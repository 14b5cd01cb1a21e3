import { isMap, isNode, isPair, isScalar, isSeq } from 'yaml'

/** Where the last word of a node or pair ends. A block collection's own range reaches over the comments after it. */
export function endOf(item: unknown): number | undefined {
  if (isPair(item)) return isWritten(item.value) ? endOf(item.value) : endOf(item.key)
  if ((isMap(item) || isSeq(item)) && !item.flow) return endOf(item.items.at(-1))
  return isNode(item) ? item.range?.[1] : undefined
}

function isWritten(node: unknown): boolean {
  return !(isScalar(node) && node.value === null && (node.source ?? '') === '')
}
