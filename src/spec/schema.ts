import * as z from 'zod'
import { defaultClients } from '../expand/names.js'
import { developerName, hostIdentityName, targetName } from './names.js'
import * as rules from './rules.js'
import { clusterSchema, scrapeSchema } from './schema-cluster.js'
import { text } from './schema-text.js'

export { clusterSchema, releasesSchema, workloadsSchema } from './schema-cluster.js'

// The one source of the type Spec, of what is accepted, and of schemas/zprom.schema.json.

/** One item of `targets`. */
export const targetSchema = z
  .strictObject({
    name: text(targetName, 'The name of the target on the overlay.', 'missing: a target needs `name: <its name>`'),
    address: text(
      rules.hostAndPort,
      'Host and port that the hosting identity reaches, such as 10.0.0.5:9100.',
      'missing: a target needs `address: <host>:<port>`',
    ),
    hostedBy: text(
      hostIdentityName,
      'The identity that offers it on the overlay, such as a tunneler beside it; made when it is missing.',
      'missing: a target needs `hostedBy: <identity>`',
    ),
    path: text(rules.metricsPath, 'Where its metrics are.').default('/metrics'),
    scheme: z.enum(['http', 'https']).default('http').describe('https: Prometheus itself speaks TLS with the target.'),
    serverName: text(rules.serverName, 'The name in its certificate; the host of the address unless given.').optional(),
    caFile: text(rules.containerPath, 'The CA of its certificate, as the Prometheus sees the file.').optional(),
    clients: text(
      rules.roleAttribute,
      'The role attribute that may dial it; `<name>-clients` unless given.',
    ).optional(),
  })
  .transform(({ serverName, caFile, clients, ...rest }) => ({
    ...rest,
    clients: clients ?? defaultClients(rest.name),
    ...(serverName === undefined ? {} : { serverName }),
    ...(caFile === undefined ? {} : { caFile }),
  }))
  .describe('Something to scrape that the overlay does not know by itself.')

/** The value of `local`. */
export const localSchema = z
  .strictObject({
    dark: z
      .boolean()
      .default(false)
      .describe('true: it listens on the overlay alone; false: on a port of this machine, for this machine.'),
    port: z.number().int().min(1).max(65_535).default(9090).describe('The port on 127.0.0.1 when it is not dark.'),
    scrape: z
      .array(scrapeSchema)
      .optional()
      .describe('What it scrapes; every Prometheus and workload of the clusters unless given.'),
  })
  .transform(({ scrape, ...rest }) => ({ ...rest, ...(scrape === undefined ? {} : { scrape }) }))
  .describe("The Prometheus on one's own machine, in Docker.")

const chartsSchema = z
  .strictObject({
    repository: text(rules.chartRepository, 'The chart repository.').default('https://openziti.io/helm-charts/'),
    prometheus: text(rules.chartVersion, 'Version of the prometheus chart.').default('0.0.11'),
    reflect: text(rules.chartVersion, 'Version of the reflect chart.').default('0.3.9'),
    zitiHost: text(rules.chartVersion, 'Version of the ziti-host chart.').default('1.4.0'),
  })
  .prefault({})
  .describe('Where the helm charts come from, and which versions are installed.')

/** One item of `developers`. */
export const developerSchema = z
  .strictObject({
    name: text(
      developerName,
      'The name of the identity and of its file.',
      'missing: every developer needs `name: <the name of the identity>`',
    ),
    enroll: z
      .boolean()
      .default(false)
      .describe(
        'false: keep the enrollment token (JWT) for a tunneler; true: zprom enrolls and keeps the identity file.',
      ),
  })
  .describe('A person who may dial every Prometheus and workload.')

const overlaySchema = z
  .strictObject({
    controller: z
      .union([
        text(rules.controllerUrl, 'URL of the controller, such as https://ctrl.example:1280.'),
        z
          .array(text(rules.controllerUrl, 'URL of one controller of the cluster.'))
          .min(1)
          .describe('URLs of the controllers of one cluster; the first is used first.'),
      ])
      .transform(urls => [urls].flat().map(url => (URL.canParse(url) ? new URL(url).origin : url)))
      .optional()
      .describe('The controller: its URL, or a list of those of one cluster, of which the first is used first.'),
    profile: text(rules.profileName, 'Name of a login profile, instead of `controller`.').optional(),
    routerPolicies: z
      .enum(['existing', 'own'])
      .default('existing')
      .describe(
        'existing: the overlay joins identities and services to routers already; own: zprom owns the two policies that do.',
      ),
    routers: z
      .array(text(rules.routerRole, 'A role of edge routers: `#all`, or `#` and a role attribute.'))
      .min(1)
      .default(['#all'])
      .describe('Which edge routers those two policies name; read with `routerPolicies: own` only.'),
  })
  .transform(({ controller: [controller, ...others] = [], profile, ...rest }) => ({
    ...rest,
    ...(controller === undefined ? {} : { controller }),
    ...(others.length === 0 ? {} : { others }),
    ...(profile === undefined ? {} : { profile }),
  }))
  .prefault({})
  .describe('The OpenZiti overlay.')

/** A whole zprom.yaml. A new thing to ask for, such as a Prometheus on one's own machine, is one more key here. */
export const specSchema = z
  .strictObject({
    stack: text(rules.stackName, 'The tag on everything that zprom owns on the overlay.').default('zprom'),
    overlay: overlaySchema,
    output: text(rules.outputFolder, 'Folder for identities and artefacts, relative to this file.').default(
      'zprom-out',
    ),
    scrapeForm: z
      .enum(['prometheuz', 'prometheus'])
      .default('prometheuz')
      .describe(
        'prometheuz: scrape jobs for the fork of Prometheus that dials by itself; prometheus: for a stock one that asks zprom bridge.',
      ),
    charts: chartsSchema,
    clusters: z.array(clusterSchema).prefault([]).describe('The Kubernetes clusters.'),
    targets: z.array(targetSchema).default([]).describe('What else is scraped.'),
    local: localSchema.optional(),
    developers: z
      .array(developerSchema)
      .default([])
      .describe('The people who look at metrics from their own machines.'),
  })
  .transform(({ local, ...rest }) => ({ ...rest, ...(local === undefined ? {} : { local }) }))
  .describe('What zprom provisions on an OpenZiti overlay.')

/** What a zprom.yaml asks for, with every default filled in. */
export type Spec = DeepReadonly<z.output<typeof specSchema>>
/** One cluster of a spec. */
export type Cluster = Spec['clusters'][number]
/** One workload of a cluster. */
export type Workload = Cluster['workloads'][number]
/** One scrape of a Prometheus. */
export type Scrape = NonNullable<Cluster['scrape']>[number]
/** One target of a spec. */
export type Target = Spec['targets'][number]
/** The local Prometheus of a spec. */
export type Local = NonNullable<Spec['local']>
/** One developer of a spec. */
export type Developer = Spec['developers'][number]

/** The same as a person writes it: what has a default may be left out. */
export type SpecInput = DeepReadonly<z.input<typeof specSchema>>
/** One cluster as a person writes it. */
export type ClusterInput = DeepReadonly<z.input<typeof clusterSchema>>
/** One scrape as a person writes it. */
export type ScrapeInput = NonNullable<ClusterInput['scrape']>[number]
/** One target as a person writes it. */
export type TargetInput = DeepReadonly<z.input<typeof targetSchema>>
/** The local Prometheus as a person writes it. */
export type LocalInput = DeepReadonly<z.input<typeof localSchema>>
/** One developer as a person writes it. */
export type DeveloperInput = DeepReadonly<z.input<typeof developerSchema>>

/** The JSON Schema of a zprom.yaml, for editors; the committed copy is schemas/zprom.schema.json. */
export function specJsonSchema(): z.core.JSONSchema.BaseSchema {
  return { title: 'zprom.yaml', ...z.toJSONSchema(specSchema, { io: 'input' }) }
}

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T
