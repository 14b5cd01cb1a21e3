import type * as z from 'zod'

/** What a command returns whose document has that schema. */
export type Document<S extends z.ZodType> = DeepReadonly<z.input<S>>

/** Declares the schema of a value whose type is written elsewhere: it does not compile unless every such value fits. */
export function schemaOf<T>() {
  return <S extends z.ZodType>(schema: T extends DeepReadonly<z.input<S>> ? S : never): S => schema
}

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T
