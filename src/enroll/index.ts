// The public face of enrolment: tokens in, identity files out.

export {
  type CertificateSummary,
  describeCertificate,
  fingerprint,
  readBundle,
  splitPem,
} from './certificates.js'
export { loadSigner } from './csr.js'
export {
  createEnroller,
  type Enrolled,
  type Enroller,
  type EnrollerOptions,
  enrollWithToken,
} from './enroll.js'
export { EnrollmentError, type EnrollmentFault, LostAnswer } from './errors.js'
export { formatIdentityFile, type IdentityFile, parseIdentityFile, type ReadOptions } from './identity-file.js'
export { glanceAtIdentity } from './identity-glance.js'
export { type Issuer, isPubliclyTrusted, type ProbeOptions, probeServer } from './issuer.js'
export { isUsableKey, type KeyType, keyFitsCertificate, keyTypes, makeKey, publicKeyOf } from './key.js'
export { type EnrollmentToken, isExpired, readToken, verifyToken } from './token.js'
