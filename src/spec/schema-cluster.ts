import * as z from 'zod/mini'
import { defaultClients } from '../expand/names.js'
import { clusterName, scrapedName, workloadName } from './names.js'
import * as rules from './rules.js'
import { described, mapped, missing, text } from './schema-text.js'

// What a spec says of a cluster.

const namedWorkloadSchema = z.strictObject({
  name: text(workloadName, 'The name of the workload.', 'missing: a workload needs `name: <its name>`'),
  clients: z.optional(
    text(
      rules.roleAttribute,
      'The role attribute that may dial it; `reflectz-clients` for reflect, else `<name>-clients`.',
    ),
  ),
})

const workloadSchema = mapped(
  z.union([
    text(workloadName, 'The name of the workload.'),
    described('A workload with a role attribute of its own choice.', namedWorkloadSchema),
  ]),
  given => {
    const { name, clients }: z.output<typeof namedWorkloadSchema> = typeof given === 'string' ? { name: given } : given
    return { name, clients: clients ?? defaultClients(name) }
  },
)

/** The value of `releases` of a cluster. */
export const releasesSchema = described(
  'Names of the helm releases in this cluster.',
  z.prefault(
    z.strictObject({
      prometheus: z._default(text(rules.prometheusReleaseName, 'Release of the prometheus chart.'), 'prometheuz'),
      reflect: z._default(text(rules.releaseName, 'Release of the reflect chart.'), 'reflectz'),
      zitiHost: z._default(text(rules.releaseName, 'Release of the ziti-host chart.'), 'ziti-host'),
    }),
    {},
  ),
)

const settledScrapeSchema = z.strictObject({
  target: text(
    scrapedName,
    'What is scraped: <cluster>.<workload>, <cluster>.prometheus, local.prometheus, or a target.',
    'missing: a scrape needs `target: <what is scraped>`',
  ),
  federate: described(
    'Take all series that another Prometheus has, from its /federate.',
    z._default(z.boolean(), false),
  ),
  job: z.optional(text(rules.jobName, 'The name of the job; made of the target otherwise.')),
  interval: z.optional(text(rules.duration, 'How often; 5s, or 10s when federating.')),
})

/** One item of `scrape`. */
export const scrapeSchema = mapped(
  z.union([
    text(scrapedName, 'What is scraped: <cluster>.<workload>, <cluster>.prometheus, local.prometheus, or a target.'),
    described('A scrape with settings of its own.', settledScrapeSchema),
  ]),
  given => {
    const { job, interval, ...rest }: z.output<typeof settledScrapeSchema> =
      typeof given === 'string' ? { target: given, federate: false } : given
    return { ...rest, ...(job === undefined ? {} : { job }), ...(interval === undefined ? {} : { interval }) }
  },
)

const zitiHostSecretSchema = described(
  'A Secret of your own that holds the enrolled identity of ziti-host, instead of an enrollment token.',
  z.strictObject({
    name: text(rules.secretName, 'The Secret, in the namespace of the releases.', 'missing: the Secret needs `name:`'),
    key: z._default(text(rules.secretKey, 'The key that holds the identity file.'), 'persisted-identity'),
  }),
)

/** The value of `workloads` of a cluster. */
export const workloadsSchema = described(
  'The zitified workloads of the cluster: names, or maps with `name` and `clients`.',
  z.prefault(z.array(workloadSchema), ['reflect']),
)

/** One item of `clusters`. */
export const clusterSchema = described(
  'A Kubernetes cluster with a Prometheus and workloads.',
  mapped(
    z.strictObject({
      name: text(
        clusterName,
        'The name of the cluster on the overlay; part of the names of all its identities and services.',
        'missing: every cluster needs `name: <its name>`',
      ),
      prometheus: described(
        'tunneled: Prometheus listens inside the cluster and ziti-host carries streams to it; dark: it listens on the overlay alone.',
        z.enum(
          ['tunneled', 'dark'],
          missing('missing: every cluster needs `prometheus: tunneled` or `prometheus: dark`'),
        ),
      ),
      namespace: z._default(text(rules.namespaceName, 'The Kubernetes namespace of the releases.'), 'default'),
      context: z.optional(
        text(rules.contextName, 'The kube context of the cluster, which zprom install refuses to leave.'),
      ),
      releases: releasesSchema,
      companions: described(
        'Whether the chart also installs kube-state-metrics, node-exporter and pushgateway, which listen in the cluster.',
        z._default(z.boolean(), false),
      ),
      zitiHostSecret: z.optional(zitiHostSecretSchema),
      workloads: workloadsSchema,
      scrape: described(
        'What the Prometheus of this cluster scrapes; its own workloads unless given.',
        z.optional(z.array(scrapeSchema)),
      ),
    }),
    ({ context, scrape, zitiHostSecret, ...rest }) => ({
      ...rest,
      ...(context === undefined ? {} : { context }),
      ...(scrape === undefined ? {} : { scrape }),
      ...(zitiHostSecret === undefined ? {} : { zitiHostSecret }),
    }),
  ),
)
