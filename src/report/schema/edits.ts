import * as z from 'zod'
import type { VisibleService } from '../../model/check.js'
import type { Imported } from '../../model/import.js'
import { scrapedBySchema } from './facts.js'
import { type Document, schemaOf } from './fits.js'
import { leftAloneSchema } from './plan.js'
import { type ConvergeJson, liveSchema, runSchema } from './run.js'

const live = z.array(liveSchema).optional().describe('The running configurations; absent without --live.')

/** What `add-target` returns under --json. */
export const addTargetSchema = z.strictObject({
  ...runSchema.shape,
  target: z.string(),
  jobs: z.array(scrapedBySchema).describe('Those by which it is scraped as was asked for.'),
  live,
})

/** The document of `add-target`. */
export type AddTargetJson = Document<typeof addTargetSchema>

/** What `remove-target` returns under --json. */
export const removeTargetSchema = z.strictObject({
  ...runSchema.shape,
  target: z.string(),
  from: z.array(z.string()).describe('The Prometheus servers that scraped it, and no longer do.'),
  forgotten: z.boolean().describe('Whether it is no longer among the targets of the spec.'),
  live,
})

/** The document of `remove-target`. */
export type RemoveTargetJson = Document<typeof removeTargetSchema>

/** What `remove cluster` returns under --json. */
export const removeClusterSchema = z.strictObject({
  ...runSchema.shape,
  cluster: z.string(),
  dropped: z
    .array(z.strictObject({ reader: z.string(), target: z.string(), job: z.string() }))
    .describe('The jobs of others that scraped it.'),
  stranded: z
    .array(z.strictObject({ target: z.string(), hostedBy: z.string() }))
    .describe('Targets that an identity of the cluster hosts: they stay, and so does the identity.'),
})

/** The document of `remove cluster`. */
export type RemoveClusterJson = Document<typeof removeClusterSchema>

const visibleService = schemaOf<VisibleService>()(
  z.strictObject({
    service: z.string(),
    intercepts: z.array(z.string()).describe('address:port, one for each address and range of ports.'),
    permissions: z.array(z.enum(['Bind', 'Dial'])),
  }),
)

/** What `dev-identity` returns under --json. */
export const devIdentitySchema = z.strictObject({
  ...runSchema.shape,
  services: z.array(visibleService).describe('What it can reach; empty when nothing was applied.'),
})

/** The document of `dev-identity`. */
export type DevIdentityJson = Document<typeof devIdentitySchema>

type Local = NonNullable<Imported['local']> | null

/** The document of `import`. */
export type ImportJson = Omit<Imported, 'local'> & {
  readonly written: boolean
  readonly local: Local
  readonly adopted: ConvergeJson | null
}

/** What `import` returns under --json. */
export const importSchema = schemaOf<ImportJson>()(
  z.strictObject({
    written: z.boolean().describe('false with --dry-run, and when taking it over was declined.'),
    text: z.string().describe('The zprom.yaml.'),
    clusters: z.array(z.strictObject({ name: z.string(), prometheus: z.enum(['tunneled', 'dark']) })),
    local: z.strictObject({ dark: z.boolean() }).nullable().describe('null when the network has none.'),
    targets: z.array(z.string()).describe("What is scraped and is no cluster's; of the own stack alone."),
    developers: z.array(z.string()),
    own: z.int().describe('How many entities carry the tag of the own stack.'),
    foreign: z.int().describe('How many of what the spec asks for nobody owns: what there is to adopt.'),
    same: z.int().describe('How many entities are just as the spec asks.'),
    different: z.array(z.string()).describe('The addresses of what adopting would change.'),
    missing: z.array(z.string()).describe('The addresses of what applying would make.'),
    conflicts: leftAloneSchema,
    notUnderstood: z.array(z.strictObject({ what: z.string(), reason: z.string() })),
    adopted: runSchema.nullable().describe('The run that took it over; null without --adopt.'),
  }),
)
