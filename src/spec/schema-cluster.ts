import * as z from 'zod'
import { defaultClients } from '../expand/names.js'
import { clusterName, scrapedName, workloadName } from './names.js'
import * as rules from './rules.js'
import { missing, text } from './schema-text.js'

// What a spec says of a cluster.

const workloadSchema = z
  .union([
    text(workloadName, 'The name of the workload.'),
    z
      .strictObject({
        name: text(workloadName, 'The name of the workload.', 'missing: a workload needs `name: <its name>`'),
        clients: text(
          rules.roleAttribute,
          'The role attribute that may dial it; `reflectz-clients` for reflect, else `<name>-clients`.',
        ).optional(),
      })
      .describe('A workload with a role attribute of its own choice.'),
  ])
  .transform(given => (typeof given === 'string' ? { name: given } : given))
  .transform(({ name, clients }) => ({ name, clients: clients ?? defaultClients(name) }))

/** The value of `releases` of a cluster. */
export const releasesSchema = z
  .strictObject({
    prometheus: text(rules.prometheusReleaseName, 'Release of the prometheus chart.').default('prometheuz'),
    reflect: text(rules.releaseName, 'Release of the reflect chart.').default('reflectz'),
    zitiHost: text(rules.releaseName, 'Release of the ziti-host chart.').default('ziti-host'),
  })
  .prefault({})
  .describe('Names of the helm releases in this cluster.')

/** One item of `scrape`. */
export const scrapeSchema = z
  .union([
    text(scrapedName, 'What is scraped: <cluster>.<workload>, <cluster>.prometheus, local.prometheus, or a target.'),
    z
      .strictObject({
        target: text(
          scrapedName,
          'What is scraped: <cluster>.<workload>, <cluster>.prometheus, local.prometheus, or a target.',
          'missing: a scrape needs `target: <what is scraped>`',
        ),
        federate: z
          .boolean()
          .default(false)
          .describe('Take all series that another Prometheus has, from its /federate.'),
        job: text(rules.jobName, 'The name of the job; made of the target otherwise.').optional(),
        interval: text(rules.duration, 'How often; 5s, or 10s when federating.').optional(),
      })
      .describe('A scrape with settings of its own.'),
  ])
  .transform(given => (typeof given === 'string' ? { target: given, federate: false } : given))
  .transform(({ job, interval, ...rest }) => ({
    ...rest,
    ...(job === undefined ? {} : { job }),
    ...(interval === undefined ? {} : { interval }),
  }))

const zitiHostSecretSchema = z
  .strictObject({
    name: text(rules.secretName, 'The Secret, in the namespace of the releases.', 'missing: the Secret needs `name:`'),
    key: text(rules.secretKey, 'The key that holds the identity file.').default('persisted-identity'),
  })
  .describe('A Secret of your own that holds the enrolled identity of ziti-host, instead of an enrollment token.')

/** The value of `workloads` of a cluster. */
export const workloadsSchema = z
  .array(workloadSchema)
  .prefault(['reflect'])
  .describe('The zitified workloads of the cluster: names, or maps with `name` and `clients`.')

/** One item of `clusters`. */
export const clusterSchema = z
  .strictObject({
    name: text(
      clusterName,
      'The name of the cluster on the overlay; part of the names of all its identities and services.',
      'missing: every cluster needs `name: <its name>`',
    ),
    prometheus: z
      .enum(['tunneled', 'dark'], missing('missing: every cluster needs `prometheus: tunneled` or `prometheus: dark`'))
      .describe(
        'tunneled: Prometheus listens inside the cluster and ziti-host carries streams to it; dark: it listens on the overlay alone.',
      ),
    namespace: text(rules.namespaceName, 'The Kubernetes namespace of the releases.').default('default'),
    context: text(
      rules.contextName,
      'The kube context of the cluster, which zprom install refuses to leave.',
    ).optional(),
    releases: releasesSchema,
    companions: z
      .boolean()
      .default(false)
      .describe(
        'Whether the chart also installs kube-state-metrics, node-exporter and pushgateway, which listen in the cluster.',
      ),
    zitiHostSecret: zitiHostSecretSchema.optional(),
    workloads: workloadsSchema,
    scrape: z
      .array(scrapeSchema)
      .optional()
      .describe('What the Prometheus of this cluster scrapes; its own workloads unless given.'),
  })
  .transform(({ context, scrape, zitiHostSecret, ...rest }) => ({
    ...rest,
    ...(context === undefined ? {} : { context }),
    ...(scrape === undefined ? {} : { scrape }),
    ...(zitiHostSecret === undefined ? {} : { zitiHostSecret }),
  }))
  .describe('A Kubernetes cluster with a Prometheus and workloads.')
