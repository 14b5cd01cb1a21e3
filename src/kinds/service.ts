import { addressOf, type ServiceFields, sortedSet } from '../model/entity.js'
import { texts } from './decode.js'
import type { Kind } from './kind.js'

/** Services. */
export const serviceKind: Kind<ServiceFields> = {
  name: 'service',
  path: '/services',
  names: ['config'],
  fixed: [],
  // A PATCH of it is ignored on 0.28 and 1.6 and a 500 on 2.0 ("no fields updated").
  replaced: { fields: ['encryptionRequired'], kept: ['name', 'terminatorStrategy', 'maxIdleTimeMillis'] },
  always: [],
  emptied: { lists: [], by: [] },
  needs: fields => fields.configs.map(name => addressOf({ kind: 'config', name })),
  fromApi: (raw, names) => ({
    configs: sortedSet(texts(raw, 'configs', 'service').map(id => names('config', id) ?? id)),
    encryptionRequired: raw.encryptionRequired === true,
    roleAttributes: sortedSet(texts(raw, 'roleAttributes', 'service')),
  }),
  toApi: ({ configs, ...rest }, ids) => ({
    ...rest,
    ...(configs !== undefined && { configs: configs.map(name => ids('config', name)) }),
  }),
  onCreate: () => ({}),
}
