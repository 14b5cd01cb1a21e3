/** What the output folder holds for one identity's enrolment. Fingerprints are SHA-1 of the DER, lower-case hex. */
export type Held = {
  /** An identity file. */
  readonly file?: { readonly fingerprint: string }
  /**
   * A key that was made but has no identity file yet: an earlier run stopped in between.
   * `fitsCertificate`: whether it is the key of the certificate that the controller knows (undefined: it knows none).
   */
  readonly pendingKey?: { readonly fitsCertificate: boolean | undefined }
  /** A JWT as it was written. */
  readonly token?: string
}
