// A network as the article's reader builds it: entity by entity, over the API, without a tag of ours.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Controller } from '../../src/controller/index.js'
import { asRaw, kindOf, type Raw, text, texts } from '../../src/kinds/index.js'
import { type EntityKind, entityKinds } from '../../src/model/entity.js'

/** One entity of the article, as the reference data has it. */
export type ByHand = Raw & { readonly part: string; readonly kind: EntityKind; readonly name: string }

/** The article's entities in the order in which a reader makes them; `parts` takes those whose part begins with one of these. */
export function articleEntities(...parts: readonly string[]): ByHand[] {
  const file = new URL('article/overlay.json', import.meta.url)
  const rows: unknown = JSON.parse(readFileSync(file, 'utf8')).entities
  assert.ok(Array.isArray(rows))
  return rows
    .map((row): ByHand => {
      const raw = asRaw(row, 'entity')
      const kind = entityKinds.find(one => one === raw.kind) ?? assert.fail(`kind ${raw.kind}`)
      return { ...raw, kind, part: text(raw, 'part', 'entity'), name: text(raw, 'name', 'entity') }
    })
    .filter(({ part }) => parts.length === 0 || parts.some(one => part.startsWith(one)))
}

/** Makes them one after the other. */
export async function buildByHand(admin: Controller, entities: readonly ByHand[]): Promise<void> {
  const idOf = async (path: string, name: string) => {
    const [row] = await admin.listByName(path, [name])
    return text(asRaw(row, path), 'id', path)
  }
  const toIds = (path: string, roles: readonly string[]) =>
    Promise.all(roles.map(async role => (role.startsWith('@') ? `@${await idOf(path, role.slice(1))}` : role)))
  const bodyOf = async (one: ByHand): Promise<Raw> => {
    switch (one.kind) {
      case 'identity':
        return { type: 'Device', isAdmin: false, roleAttributes: one.roleAttributes, enrollment: { ott: true } }
      case 'config':
        return { configTypeId: await idOf('/config-types', String(one.configType)), data: one.data }
      case 'service':
        return {
          encryptionRequired: true,
          roleAttributes: one.roleAttributes,
          configs: await Promise.all(texts(one, 'configs', 'service').map(name => idOf('/configs', name))),
        }
      default:
        return {
          type: one.type,
          semantic: 'AnyOf',
          serviceRoles: await toIds('/services', texts(one, 'serviceRoles', 'policy')),
          identityRoles: await toIds('/identities', texts(one, 'identityRoles', 'policy')),
        }
    }
  }
  for (const one of entities) await admin.create(kindOf(one.kind).path, { name: one.name, ...(await bodyOf(one)) })
}

/** Takes them away again, whoever owns them by now. */
export async function clearByHand(admin: Controller, entities: readonly ByHand[] = articleEntities()): Promise<void> {
  for (const kind of entityKinds.toReversed()) {
    const names = entities.filter(one => one.kind === kind).map(({ name }) => name)
    const { path } = kindOf(kind)
    if (names.length === 0) continue
    for (const row of await admin.listByName(path, names)) await admin.remove(path, text(asRaw(row, path), 'id', path))
  }
}
