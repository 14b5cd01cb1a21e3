import { type IdentityFields, sortedSet } from '../model/entity.js'
import { texts } from './decode.js'
import { type Kind, patched } from './kind.js'

/** Identities. Their enrolment is not a field: it is planned apart (plan/enrollments.ts). */
export const identityKind: Kind<IdentityFields> = {
  name: 'identity',
  path: '/identities',
  names: [],
  fixed: [],
  replaced: patched,
  always: [],
  emptied: { lists: [], by: [] },
  needs: () => [],
  fromApi: raw => ({
    isAdmin: raw.isAdmin === true,
    roleAttributes: sortedSet(texts(raw, 'roleAttributes', 'identity')),
  }),
  toApi: fields => ({ ...fields }),
  // "Device" is the one type that 0.28 keeps and later versions read as Default; so the type is sent and never compared.
  onCreate: () => ({ type: 'Device', enrollment: { ott: true } }),
}
