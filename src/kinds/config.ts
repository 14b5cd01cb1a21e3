import type { ConfigFields } from '../model/entity.js'
import { record, text } from './decode.js'
import { type Kind, patched } from './kind.js'

/** Configs: intercept.v1 and host.v1 documents. */
export const configKind: Kind<ConfigFields> = {
  name: 'config',
  path: '/configs',
  names: ['config-type'],
  fixed: ['configType'],
  replaced: patched,
  // A PATCH without data is refused for every type that has a schema, even to change the name only.
  always: ['data'],
  emptied: { lists: [], by: [] },
  needs: () => [],
  fromApi: (raw, names) => {
    const id = text(raw, 'configTypeId', 'config')
    return { configType: names('config-type', id) ?? id, data: record(raw, 'data', 'config') }
  },
  toApi: (fields, ids) => ({
    ...(fields.configType !== undefined && { configTypeId: ids('config-type', fields.configType) }),
    ...(fields.data !== undefined && { data: fields.data }),
  }),
  onCreate: () => ({}),
}
