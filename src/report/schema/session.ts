import * as z from 'zod'

const method = z.enum(['password', 'cert', 'ext-jwt'])
const url = z.string().describe('The controller.')

/** What `login` returns under --json. */
export const loginSchema = z.strictObject({
  url,
  username: z.string().describe('The user name, or the identity that a certificate or token is of.'),
  isAdmin: z.boolean(),
  method,
  profile: z.string(),
  version: z.string().describe('The OpenZiti of the controller.'),
})

/** The document of `login`. */
export type LoginJson = z.infer<typeof loginSchema>

/** What `logout` returns under --json. */
export const logoutSchema = z.strictObject({
  profile: z.string(),
  ended: z.boolean().describe('Whether there was a session.'),
})

/** The document of `logout`. */
export type LogoutJson = z.infer<typeof logoutSchema>

/** What `whoami` returns under --json. */
export const whoAmISchema = z.strictObject({
  identity: z.string(),
  isAdmin: z.boolean(),
  url,
  version: z.string().nullable().describe('The OpenZiti of the controller.'),
  profile: z.string().nullable().describe('null when no profile was used.'),
  method: method.nullable().describe('Of the login; null when none is at hand, only a session.'),
  session: z.enum(['zt-session', 'bearer']),
  readOnly: z.boolean(),
})

/** The document of `whoami`. */
export type WhoAmIJson = z.infer<typeof whoAmISchema>
