import { ControllerError } from '../errors.js'

/** Whether a request for the entity at a path, such as `/services/ID`, found that there is none. */
export function isGone(error: unknown, path: string): error is ControllerError {
  return error instanceof ControllerError && error.detail.status === 404 && error.detail.path.endsWith(path)
}

/** What a person is told of an entity that was to be changed. */
export function gone(address: string, { detail }: ControllerError): ControllerError {
  return new ControllerError(
    `${address}: it is gone; somebody deleted it since the plan was made`,
    detail,
    'run the same command again: it makes it anew',
  )
}
