import { dump } from 'js-yaml'

/** Data as YAML, in the order given; every text that YAML could take for something else is quoted. */
export function printYaml(data: unknown): string {
  return dump(data, { noRefs: true })
}
