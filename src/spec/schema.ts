import * as z from 'zod/mini'
import { defaultClients } from '../expand/names.js'
import { developerName, hostIdentityName, targetName } from './names.js'
import * as rules from './rules.js'
import { clusterSchema, scrapeSchema } from './schema-cluster.js'
import { described, mapped, text } from './schema-text.js'

export { clusterSchema, releasesSchema, workloadsSchema } from './schema-cluster.js'

// The one source of the type Spec, of what is accepted, and of schemas/zprom.schema.json.

/** One item of `targets`. */
export const targetSchema = described(
  'Something to scrape that the overlay does not know by itself.',
  mapped(
    z.strictObject({
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
      path: z._default(text(rules.metricsPath, 'Where its metrics are.'), '/metrics'),
      scheme: described(
        'https: Prometheus itself speaks TLS with the target.',
        z._default(z.enum(['http', 'https']), 'http'),
      ),
      serverName: z.optional(
        text(rules.serverName, 'The name in its certificate; the host of the address unless given.'),
      ),
      caFile: z.optional(text(rules.containerPath, 'The CA of its certificate, as the Prometheus sees the file.')),
      clients: z.optional(
        text(rules.roleAttribute, 'The role attribute that may dial it; `<name>-clients` unless given.'),
      ),
    }),
    ({ serverName, caFile, clients, ...rest }) => ({
      ...rest,
      clients: clients ?? defaultClients(rest.name),
      ...(serverName === undefined ? {} : { serverName }),
      ...(caFile === undefined ? {} : { caFile }),
    }),
  ),
)

/** The value of `local`. */
export const localSchema = described(
  "The Prometheus on one's own machine, in Docker.",
  mapped(
    z.strictObject({
      dark: described(
        'true: it listens on the overlay alone; false: on a port of this machine, for this machine.',
        z._default(z.boolean(), false),
      ),
      port: described(
        'The port on 127.0.0.1 when it is not dark.',
        z._default(z.int().check(z.minimum(1), z.maximum(65_535)), 9090),
      ),
      scrape: described(
        'What it scrapes; every Prometheus and workload of the clusters unless given.',
        z.optional(z.array(scrapeSchema)),
      ),
    }),
    ({ scrape, ...rest }) => ({ ...rest, ...(scrape === undefined ? {} : { scrape }) }),
  ),
)

const chartsSchema = described(
  'Where the helm charts come from, and which versions are installed.',
  z.prefault(
    z.strictObject({
      repository: z._default(text(rules.chartRepository, 'The chart repository.'), 'https://openziti.io/helm-charts/'),
      prometheus: z._default(text(rules.chartVersion, 'Version of the prometheus chart.'), '0.0.11'),
      reflect: z._default(text(rules.chartVersion, 'Version of the reflect chart.'), '0.3.9'),
      zitiHost: z._default(text(rules.chartVersion, 'Version of the ziti-host chart.'), '1.4.0'),
    }),
    {},
  ),
)

/** One item of `developers`. */
export const developerSchema = described(
  'A person who may dial every Prometheus and workload.',
  z.strictObject({
    name: text(
      developerName,
      'The name of the identity and of its file.',
      'missing: every developer needs `name: <the name of the identity>`',
    ),
    enroll: described(
      'false: keep the enrollment token (JWT) for a tunneler; true: zprom enrolls and keeps the identity file.',
      z._default(z.boolean(), false),
    ),
  }),
)

const controllersSchema = z.union([
  text(rules.controllerUrl, 'URL of the controller, such as https://ctrl.example:1280.'),
  described(
    'URLs of the controllers of one cluster; the first is used first.',
    z.array(text(rules.controllerUrl, 'URL of one controller of the cluster.')).check(z.minLength(1)),
  ),
])

const overlaySchema = described(
  'The OpenZiti overlay.',
  z.prefault(
    mapped(
      z.strictObject({
        controller: described(
          'The controller: its URL, or a list of those of one cluster, of which the first is used first.',
          z.optional(
            mapped(controllersSchema, urls =>
              [urls].flat().map(url => (URL.canParse(url) ? new URL(url).origin : url)),
            ),
          ),
        ),
        profile: z.optional(text(rules.profileName, 'Name of a login profile, instead of `controller`.')),
        routerPolicies: described(
          'existing: the overlay joins identities and services to routers already; own: zprom owns the two policies that do.',
          z._default(z.enum(['existing', 'own']), 'existing'),
        ),
        routers: described(
          'Which edge routers those two policies name; read with `routerPolicies: own` only.',
          z._default(
            z
              .array(text(rules.routerRole, 'A role of edge routers: `#all`, or `#` and a role attribute.'))
              .check(z.minLength(1)),
            ['#all'],
          ),
        ),
      }),
      ({ controller: urls = [], profile, ...rest }) => {
        const [controller, ...others] = urls
        return {
          ...rest,
          ...(controller === undefined ? {} : { controller }),
          ...(others.length === 0 ? {} : { others }),
          ...(profile === undefined ? {} : { profile }),
        }
      },
    ),
    {},
  ),
)

/** A whole zprom.yaml. A new thing to ask for, such as a Prometheus on one's own machine, is one more key here. */
export const specSchema = described(
  'What zprom provisions on an OpenZiti overlay.',
  mapped(
    z.strictObject({
      stack: z._default(text(rules.stackName, 'The tag on everything that zprom owns on the overlay.'), 'zprom'),
      overlay: overlaySchema,
      output: z._default(
        text(rules.outputFolder, 'Folder for identities and artefacts, relative to this file.'),
        'zprom-out',
      ),
      scrapeForm: described(
        'prometheuz: scrape jobs for the fork of Prometheus that dials by itself; prometheus: for a stock one that asks zprom bridge.',
        z._default(z.enum(['prometheuz', 'prometheus']), 'prometheuz'),
      ),
      charts: chartsSchema,
      clusters: described('The Kubernetes clusters.', z.prefault(z.array(clusterSchema), [])),
      targets: described('What else is scraped.', z._default(z.array(targetSchema), [])),
      local: z.optional(localSchema),
      developers: described(
        'The people who look at metrics from their own machines.',
        z._default(z.array(developerSchema), []),
      ),
    }),
    ({ local, ...rest }) => ({ ...rest, ...(local === undefined ? {} : { local }) }),
  ),
)

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
