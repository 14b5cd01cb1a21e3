import * as z from 'zod'
import type { ArtefactState } from '../../flows/artefacts.js'
import type { Artefact } from '../../model/artefact.js'
import { type Document, schemaOf } from './fits.js'

const path = z.string().describe('Relative to the output folder.')

/** Files of the output folder, and what became of each. */
export const artefactsSchema = z
  .array(
    schemaOf<ArtefactState>()(
      z.strictObject({
        path,
        state: z
          .enum(['written', 'unchanged', 'edited', 'removed'])
          .describe('edited: changed by hand, and kept. removed: the spec asks for it no longer.'),
      }),
    ),
  )
  .describe('The files of the output folder.')

const compared = z.array(z.strictObject({ path, state: z.enum(['unchanged', 'differs']) }))

const printed = z.array(
  schemaOf<Artefact>()(z.strictObject({ path, text: z.string(), executable: z.literal(true).optional() })),
)

/** What `render` returns under --json. */
export const renderSchema = z.strictObject({
  artefacts: z.union([
    artefactsSchema,
    compared.describe('With --check: nothing was written.'),
    printed.describe('With --stdout: nothing was written.'),
  ]),
})

/** The document of `render`. */
export type RenderJson = Document<typeof renderSchema>

/** What `completion` returns under --json. */
export const completionSchema = z.strictObject({
  shell: z.enum(['bash', 'zsh', 'fish']),
  script: z.string().describe('For the shell to read.'),
})

/** The document of `completion`. */
export type CompletionJson = Document<typeof completionSchema>
