import { fail } from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Something secret that was found where it must not be. Says what and where, never the secret. */
export type Leak = { readonly what: string; readonly where: string }

/** Remembers what was printed and written and what is secret, and looks for the one in the other. */
export type SecretSearch = {
  /** A password, or the token of a session, JWT or not. Throws for what it could not find again in a text. */
  secret(what: string, text: string): void
  /** Learns the tokens, JWTs and private keys in a text that only its owner may read. */
  learn(where: string, text: string): void
  output(where: string, text: string): void
  /** Learns from files of mode 0600; of others, and of saved plans, everything is output. Files that zprom made must have the right mode. */
  folder(path: string): Promise<void>
  find(): Leak[]
  counts(): { readonly outputs: number; readonly secrets: number }
}

// No secret is shorter, and no word of a language is as long.
const least = 12

export function createSecretSearch(): SecretSearch {
  // Only what may be a secret is kept of a text, each word once: outputs of a whole suite are long.
  const words = new Map<string, string>()
  const secrets = new Map<string, string>()
  let outputs = 0
  const secret: SecretSearch['secret'] = (what, text) => {
    secrets.set(
      wordOf(text) ?? fail(`${what} is none that can be searched for: take a longer one, of a-z, 0-9 and "-"`),
      what,
    )
  }
  const learn: SecretSearch['learn'] = (where, text) => {
    for (const [, signature = ''] of text.matchAll(jwt)) secret(`a JWT of ${where}`, signature)
    for (const [, token = ''] of text.matchAll(/"token": ?"([^"]+)"/g)) secret(`a session of ${where}`, token)
    for (const [pem] of text.replaceAll('\\n', '\n').matchAll(privateKey)) {
      const number = secretOf(pem)
      if (number !== undefined) secret(`a key of ${where}`, number)
    }
  }
  const output: SecretSearch['output'] = (where, text) => {
    outputs += 1
    for (const [word] of text.matchAll(/[\w+/=-]{12,}/g)) if (!words.has(word)) words.set(word, where)
  }
  const folder = async (path: string) => {
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries.filter(one => one.isFile())) {
      const file = join(entry.parentPath, entry.name)
      const [mode, text] = await Promise.all([modeOf(file), readFile(file, 'utf8').catch(() => '')])
      const where = relative(path, file)
      const isMade = /\.(jwt|key|json)(\.old(\.\d+)?)?$/.test(where) && /(^|\/)zprom-out\//.test(where)
      // A saved plan says where tokens come from, and is for others to look at although only its owner may read it.
      const isPlan = /"format": ?"zprom-plan\//.test(text)
      if ((mode === 0o600 || isMade) && !isPlan) learn(where, text)
      // Not zprom's: what the person, or ziti, keeps.
      const isTheirs = /(^|\/)(password[^/]*|ziti-cli\.json)$/.test(where)
      if ((mode !== 0o600 || isPlan) && !isTheirs) output(where, text)
    }
  }
  const find = () => {
    const byStart = new Map<string, [secret: string, what: string][]>()
    for (const [text, what] of secrets) {
      const start = text.slice(0, least)
      byStart.set(start, [...(byStart.get(start) ?? []), [text, what]])
    }
    return [...words].flatMap(([word, where]) =>
      Array.from({ length: word.length - least + 1 }, (_, at) => byStart.get(word.slice(at, at + least)) ?? [])
        .flatMap((some, at) => some.filter(([text]) => word.startsWith(text, at)))
        .map(([, what]) => ({ what, where })),
    )
  }
  return { secret, learn, output, folder, find, counts: () => ({ outputs, secrets: secrets.size }) }
}

/** Of the whole suite; looked at in its last case. */
export const suiteSecrets = createSecretSearch()

/** Keeps what was printed, to be searched at the end of the suite. */
export function noteOutput(where: string, text: string): void {
  suiteSecrets.output(where, text)
}

// What is looked for: a word as they are kept of a text. Of a JWT that is the signature, as its other parts are no secrets;
// of other tokens with dots the longest part. Undefined where there is none.
function wordOf(text: string): string | undefined {
  const parts = text.split('.')
  const isJwt = parts.length === 3 && text.startsWith('eyJ')
  const word = isJwt
    ? (parts[2] ?? '')
    : parts.reduce((longest, part) => (part.length > longest.length ? part : longest))
  return word.length >= least && /^[\w+/=-]+$/.test(word) ? word : undefined
}

const jwt = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.([\w-]{20,})/g
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/g

// The part of a PEM text that stands for the secret number alone, as far as it stands on one line; undefined for a damaged
// one, which is no secret any more.
function secretOf(pem: string): string | undefined {
  try {
    const key = createPrivateKey(pem)
    const { d = '' } = key.export({ format: 'jwk' })
    const base64 = pem.split('\n').filter(line => !line.startsWith('-----'))
    const offset = Buffer.from(base64.join(''), 'base64').indexOf(Buffer.from(d, 'base64url'))
    const [from, to] = [Math.ceil(offset / 3) * 4, Math.floor((offset + Buffer.from(d, 'base64url').length) / 3) * 4]
    const width = base64[0]?.length ?? 64
    const pieces = base64.map((line, index) =>
      line.slice(Math.max(0, from - index * width), Math.max(0, to - index * width)),
    )
    return pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '')
  } catch {
    return undefined
  }
}

async function modeOf(path: string): Promise<number> {
  return ((await stat(path).catch(() => undefined))?.mode ?? 0o600) & 0o777
}
