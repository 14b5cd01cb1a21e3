/** A rendered file. */
export type Artefact = {
  /** Relative to the output folder, with `/` between folders. */
  readonly path: string
  readonly text: string
  /** Whether it is a program that a person may start. */
  readonly executable?: true
}
