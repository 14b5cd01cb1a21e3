import { z } from 'zod'
import { defaultClients } from '../expand/names.js'
import { clusterName, developerName, workloadName } from './names.js'
import * as rules from './rules.js'
import type { TextRule } from './text-rule.js'

// The one source of the type Spec, of what is accepted, and of schemas/zprom.schema.json.

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

const releasesSchema = z
  .strictObject({
    prometheus: text(rules.prometheusReleaseName, 'Release of the prometheus chart.').default('prometheuz'),
    reflect: text(rules.releaseName, 'Release of the reflect chart.').default('reflectz'),
    zitiHost: text(rules.releaseName, 'Release of the ziti-host chart.').default('ziti-host'),
  })
  .prefault({})
  .describe('Names of the helm releases in this cluster.')

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
    releases: releasesSchema,
    workloads: z
      .array(workloadSchema)
      .prefault(['reflect'])
      .describe('The zitified workloads of the cluster: names, or maps with `name` and `clients`.'),
  })
  .describe('A Kubernetes cluster with a Prometheus and workloads.')

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
    controller: text(rules.controllerUrl, 'URL of the controller, such as https://ctrl.example:1280.')
      .transform(url => (URL.canParse(url) ? new URL(url).origin : url))
      .optional(),
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
  .transform(({ controller, profile, ...rest }) => ({
    ...rest,
    ...(controller === undefined ? {} : { controller }),
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
    clusters: z.array(clusterSchema).prefault([]).describe('The Kubernetes clusters.'),
    developers: z
      .array(developerSchema)
      .default([])
      .describe('The people who look at metrics from their own machines.'),
  })
  .describe('What zprom provisions on an OpenZiti overlay.')

/** What a zprom.yaml asks for, with every default filled in. */
export type Spec = DeepReadonly<z.output<typeof specSchema>>
/** One cluster of a spec. */
export type Cluster = Spec['clusters'][number]
/** One workload of a cluster. */
export type Workload = Cluster['workloads'][number]
/** One developer of a spec. */
export type Developer = Spec['developers'][number]

/** The same as a person writes it: what has a default may be left out. */
export type SpecInput = DeepReadonly<z.input<typeof specSchema>>
/** One cluster as a person writes it. */
export type ClusterInput = DeepReadonly<z.input<typeof clusterSchema>>
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

// Hoisted, because the schemas above are built while the module loads.
function text(rule: TextRule, description: string, whenMissing?: string) {
  return z
    .string(whenMissing === undefined ? undefined : missing(whenMissing))
    .check(context => {
      const fault = rule.judge(context.value)
      if (fault === undefined) return
      const params = { suggestion: fault.suggestion }
      context.issues.push({ code: 'custom', input: context.value, message: fault.message, params })
    })
    .meta({ minLength: 1, maxLength: rule.maxLength, pattern: rule.pattern.source, description })
}

function missing(message: string) {
  return { error: (issue: { input?: unknown }) => (issue.input === undefined ? message : undefined) }
}
