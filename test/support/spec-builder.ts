// Specs for tests: small ones by hand, arbitrary ones for properties, and texts as people lay them out.
import fc from 'fast-check'
import { stringify } from 'yaml'
import { SpecError } from '../../src/errors.js'
import { scrapeTargetsOf } from '../../src/expand/scrape-targets.js'
import { parseSpec } from '../../src/spec/parse.js'
import { type ClusterInput, type ScrapeInput, type Spec, type SpecInput, specSchema } from '../../src/spec/schema.js'
import { dressing, dressLines } from './layouts.js'

/** A spec with defaults filled in. */
export function specOf(input: SpecInput = {}): Spec {
  return specSchema.parse(input)
}

/** The article: kubeA in the open, kubeB dark, one developer. */
export const articleSpec: SpecInput = {
  stack: 'article',
  clusters: [
    { name: 'kubeA', prometheus: 'tunneled' },
    { name: 'kubeB', prometheus: 'dark' },
  ],
  developers: [{ name: 'dev.client' }],
}

/** The problems of a text; empty when it is valid. Anything but a SpecError passes through. */
export function problemsOf(text: string): SpecError['problems'] {
  try {
    parseSpec(text, 'zprom.yaml')
    return []
  } catch (error) {
    if (error instanceof SpecError) return error.problems
    throw error
  }
}

/** Few and similar names, so that items get into each other's way often. */
export const nameArbitrary = fc.constantFrom(
  'a',
  'B',
  'a.b',
  'reflect',
  'scrape',
  'b.reflect',
  'reflect.scrape',
  'k8',
  '12',
  'true',
)

const workloadArbitrary = fc.oneof(
  nameArbitrary,
  fc.record(
    { name: nameArbitrary, clients: fc.constantFrom('x-clients', 'reflectz-clients') },
    { requiredKeys: ['name'] },
  ),
)

/** A cluster as a person writes it. */
export const clusterArbitrary: fc.Arbitrary<ClusterInput> = fc
  .record(
    {
      name: nameArbitrary,
      prometheus: fc.constantFrom('tunneled' as const, 'dark' as const),
      namespace: fc.constantFrom('default', 'monitoring'),
      releases: fc.constantFrom({}, { prometheus: 'prom' }, { reflect: 'r1', zitiHost: 'zh' }),
      workloads: fc.uniqueArray(workloadArbitrary, {
        maxLength: 3,
        selector: one => (typeof one === 'string' ? one : one.name),
      }),
    },
    { requiredKeys: ['name', 'prometheus'] },
  )
  .filter(cluster => problemsOf(stringify({ clusters: [cluster] })).length === 0)

const developerArbitrary = fc.record(
  { name: fc.constantFrom('dev.client', 'ann', 'bob@home', 'a.reflect.id', 'null'), enroll: fc.boolean() },
  { requiredKeys: ['name'] },
)

const overlayArbitrary = fc.constantFrom<NonNullable<SpecInput['overlay']>>(
  {},
  { controller: 'https://ctrl.example:1280' },
  { profile: 'work', routerPolicies: 'existing' },
  { routerPolicies: 'own', routers: ['#public'] },
)

/** Specs that are valid as a whole. */
export const specArbitrary: fc.Arbitrary<SpecInput> = fc
  .record(
    {
      stack: fc.constantFrom('article', 'x_1'),
      overlay: overlayArbitrary,
      output: fc.constantFrom('out', '../elsewhere'),
      clusters: fc.uniqueArray(clusterArbitrary, { maxLength: 4, selector: one => one.name }),
      developers: fc.uniqueArray(developerArbitrary, { maxLength: 3, selector: one => one.name }),
    },
    { requiredKeys: [] },
  )
  .filter(input => problemsOf(stringify(input)).length === 0)

/** Specs with targets and Prometheus servers of which some have a list of what they scrape. */
export const scrapingSpecArbitrary: fc.Arbitrary<SpecInput> = specArbitrary
  .chain(input => {
    const targets = ['node1', 'gw.x'].map(name => ({ name, address: '10.0.0.5:9100', hostedBy: 'lab' }))
    const known = scrapeTargetsOf(specOf({ ...input, targets, local: { dark: true } })).map(({ name }) => name)
    const lists = fc.uniqueArray(scrapeArbitrary(known), { maxLength: 4, selector: scrapedBy })
    const scrape = fc.option(lists, { nil: undefined })
    return fc.record({
      input: fc.constant({ ...input, targets }),
      ofClusters: fc.array(scrape, { minLength: input.clusters?.length ?? 0, maxLength: input.clusters?.length ?? 0 }),
      ofLocal: scrape,
    })
  })
  .map(({ input, ofClusters, ofLocal }) => ({
    ...input,
    clusters: (input.clusters ?? []).map((cluster, index) => ({ ...cluster, ...listOf(ofClusters[index]) })),
    local: { dark: true, ...listOf(ofLocal) },
  }))
  .filter(input => problemsOf(stringify(input)).length === 0)

function scrapeArbitrary(known: readonly string[]): fc.Arbitrary<ScrapeInput> {
  const target = fc.constantFrom(...known)
  return fc.oneof(target, fc.record({ target, interval: fc.constant('20s'), job: fc.constantFrom('j1', 'j2') }))
}

function scrapedBy(scrape: ScrapeInput): string {
  return typeof scrape === 'string' ? scrape : scrape.target
}

function listOf(scrape: readonly ScrapeInput[] | undefined) {
  return scrape === undefined ? {} : { scrape }
}

/** A text that says a spec in some layout, with comments and blank lines in many places. */
export function layoutArbitrary(input: SpecInput): fc.Arbitrary<string> {
  const style = fc.record({
    indent: fc.constantFrom(2, 4),
    indentSeq: fc.boolean(),
    collectionStyle: fc.constantFrom('any' as const, 'any' as const, 'any' as const, 'flow' as const),
    defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
  })
  return fc
    .record({ style, dressing })
    .map(({ style, dressing }) => dressLines(stringify(input, { ...style, lineWidth: 0 }), dressing))
}
