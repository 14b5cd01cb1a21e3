import { UsageError } from '../errors.js'

/** The origins of the controllers of one cluster from a list of URLs with commas between; the first is used first. */
export function originsOf(text: string): [first: string, ...others: string[]] {
  // Whole: a comma may be part of a password, which must not be repeated.
  if (text.includes('@')) return [originOf(text)]
  const [first = '', ...others] = text.split(',').map(part => part.trim())
  return [originOf(first), ...others.filter(part => part !== '').map(originOf)]
}

/** The origin of a controller from what people type: `host:1280`, `https://host:1280/`, or a full API URL. */
export function originOf(text: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  // Before anything that repeats what was typed: it may hold a password.
  if (withScheme.includes('@')) {
    throw new UsageError(
      'a URL with a user name or password in it is not accepted',
      'use --username and --password-file',
    )
  }
  if (!URL.canParse(withScheme))
    throw new UsageError(`"${text}" is not a URL`, 'write it like https://controller.example:1280')
  const url = new URL(withScheme)
  if (url.protocol !== 'https:')
    throw new UsageError(`"${text}": a controller is reached by https only`, `try https://${url.host}`)
  return url.origin
}
