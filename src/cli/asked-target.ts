import { Flags } from '@oclif/core'
import { UsageError } from '../errors.js'
import type { TargetInput } from '../spec/schema.js'

/** Flags that say what is to be scraped, by whom and how. */
export const askedFlags = {
  to: Flags.string({
    description: 'Who is to scrape it: clusters, local, or all (comma-separated or repeated)',
    required: true,
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
  }),
  federate: Flags.boolean({ description: 'Take all series that another Prometheus has' }),
  job: Flags.string({ description: 'Name of the scrape job (default: made of the target)' }),
  interval: Flags.string({ description: 'How often, such as 10s (default: 5s; 10s with --federate)' }),
  address: Flags.string({
    description: 'Host and port of something new, as its hosting identity reaches it',
    dependsOn: ['hosted-by'],
  }),
  'hosted-by': Flags.string({
    description: 'Identity that offers it on the overlay; made if it is missing',
    dependsOn: ['address'],
  }),
  path: Flags.string({ description: 'Where its metrics are (default: /metrics)', dependsOn: ['address'] }),
  scheme: Flags.option({
    options: ['http', 'https'] as const,
    description: 'https: Prometheus speaks TLS with it',
    dependsOn: ['address'],
  })(),
  'server-name': Flags.string({
    description: 'Name in its certificate (default: host of --address)',
    dependsOn: ['scheme'],
  }),
  'ca-file': Flags.string({
    description: 'CA of its certificate, as the Prometheus sees the file',
    dependsOn: ['scheme'],
  }),
}

/** What `add-target` is asked for. */
export type AskedTarget = {
  readonly name: string
  /** As typed: names of clusters, `local`, `all`. */
  readonly to: readonly string[]
  readonly federate: boolean
  readonly job: string | undefined
  readonly interval: string | undefined
  /** Present when the overlay is to learn of it. */
  readonly external: Omit<TargetInput, 'name'> | undefined
}

/** What those flags were given. */
export type TargetFlags = {
  readonly to: readonly string[]
  readonly federate?: boolean | undefined
  readonly job?: string | undefined
  readonly interval?: string | undefined
  readonly address?: string | undefined
  readonly 'hosted-by'?: string | undefined
  readonly path?: string | undefined
  readonly scheme?: 'http' | 'https' | undefined
  readonly 'server-name'?: string | undefined
  readonly 'ca-file'?: string | undefined
}

/** What the flags ask for. Throws UsageError for what only makes sense with TLS. */
export function askForTarget(name: string, flags: TargetFlags): AskedTarget {
  const { to, federate = false, job, interval, address, path, scheme } = flags
  const { 'hosted-by': hostedBy, 'server-name': serverName, 'ca-file': caFile } = flags
  if (scheme !== 'https' && (serverName !== undefined || caFile !== undefined))
    throw new UsageError('--server-name and --ca-file are about a certificate', 'pass --scheme https with them')
  const external =
    address === undefined || hostedBy === undefined
      ? undefined
      : { address, hostedBy, path, scheme, serverName, caFile }
  return { name, to, federate, job, interval, external }
}
