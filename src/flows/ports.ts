import type { Controller } from '../controller/index.js'
import type { Listener } from '../report/events.js'

/** The person's files, as flows see them. Paths are absolute. Every failure is a FileError that names the path. */
export type Files = {
  /** The text, or undefined when there is no such file. */
  read(path: string): Promise<string | undefined>
  /** The same of a small file that zprom wrote: thousands of them take little of the processor's time. */
  readOwn(path: string): Promise<string | undefined>
  /** The names of the files in a folder, folders left out; none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>
  /** Whether its owner may run it. */
  isExecutable(path: string): Promise<boolean>
  /** Whether nobody but its owner may read it; true when there is no such file. */
  isPrivate(path: string): Promise<boolean>
  /** Replaces the file as a whole: a reader sees the old or the new one, never a part. */
  write(path: string, text: string, options?: { readonly executable: boolean }): Promise<void>
  /** Like `write`, readable by its owner only, and on disk (fsync) before it returns. */
  keepSecret(path: string, text: string): Promise<void>
  /** Fine when it is gone already. */
  remove(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
}

/** Turns an enrollment token and a key into an identity file. */
export type Enroller = {
  expect(server: string): void
  enroll(jwt: string, keyPem: string, refuse?: () => void): Promise<{ readonly identityFile: string }>
  requests(): number
  close(): void
}

/** The kinds of key that identities can have. */
export type KeyAlgorithm = 'ec-p256' | 'ec-p384' | 'rsa-2048' | 'rsa-4096'

/** What every flow runs on. */
export type Deps = {
  readonly controller: Controller
  readonly files: Files
  readonly listener: Listener
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Aborted by SIGINT. */
  readonly signal: AbortSignal
  readonly parallel: number
  makeEnroller(): Promise<Enroller>
  makeKey(algorithm: KeyAlgorithm): Promise<string>
}
