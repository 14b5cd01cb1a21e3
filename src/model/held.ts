/**
 * Something is there that can't be used, and why; the text names the file. `remedy`: what to do where it may be as good as ever,
 * but can't be read; absent where what is in it is no use.
 */
export type Unusable = { readonly problem: string; readonly remedy?: string }

/** What the output folder holds for one identity's enrolment. Fingerprints are SHA-1 of the DER, lower-case hex. */
export type Held = {
  /** An identity file; also of an identity that is left to a token, where the token is not here. */
  readonly file?: { readonly fingerprint: string } | Unusable
  /**
   * A key that was made but has no identity file yet: an earlier run stopped in between.
   * `fitsCertificate`: whether it is the key of the certificate that the controller knows (undefined: it knows none).
   */
  readonly pendingKey?: { readonly fitsCertificate: boolean | undefined } | Unusable
  /** Where a file that was kept aside has the certificate that the controller knows, and `file` has not; below the output folder. */
  readonly kept?: string
  /** A JWT as it was written. */
  readonly token?: string | Unusable
}

/** Whether what is held can't be used. */
export function isUnusable<T>(held: T | Unusable): held is Unusable {
  return typeof held === 'object' && held !== null && 'problem' in held
}
