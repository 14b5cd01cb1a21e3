import { ControllerError, type RequestDetail, ZpromError } from '../errors.js'

/** Which part of an enrolment is wrong; `expired` and `signature` are the two that a new token cures. */
export type EnrollmentFault = 'token' | 'expired' | 'signature' | 'key' | 'certificate'

/** A token, key or certificate that zprom will not enroll with. Nothing was sent; its text holds no secret. Exit 5. */
export class EnrollmentError extends ZpromError {
  readonly code = 'ENROLLMENT'
  readonly fault: EnrollmentFault
  constructor(fault: EnrollmentFault, message: string, hint?: string) {
    super(message, 5, hint)
    this.fault = fault
  }
}

/**
 * The enrolment request left this machine and no usable answer came back: the token may be spent and the certificate
 * issued for a key that is still pending. Look at the controller before any second try; never `retryable`. Exit 5.
 */
export class LostAnswer extends ControllerError {
  constructor(message: string, detail: Omit<RequestDetail, 'retryable'>) {
    super(
      message,
      { ...detail, retryable: false },
      'Keep the key and run the same command again: it asks the controller whether the certificate was issued.',
    )
  }
}
