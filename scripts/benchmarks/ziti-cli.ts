import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Wanted } from '../../src/model/entity.js'
import type { Topology } from '../../src/model/topology.js'
import type { TestOverlay } from '../../test/support/overlay.js'

/**
 * Builds a topology as a script of the ziti program does: one call per entity, one per enrolment. The login is not counted;
 * keys are EC as zprom's are (ziti's default, RSA, would take longer).
 */
export function buildWithZiti(
  ziti: string,
  topology: Topology,
  overlay: TestOverlay,
): Promise<{ ms: number; calls: number }> {
  const home = mkdtempSync(join(tmpdir(), 'zprom-bench-'))
  const env = { PATH: process.env.PATH ?? '', HOME: home, ZITI_HOME: home, ZITI_CONFIG_DIR: home }
  const call = (args: readonly string[]) =>
    execFileSync(ziti, ['edge', ...args], { cwd: home, env, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    call(['login', overlay.url, '-u', overlay.username, '-p', overlay.password, '--ca', overlay.caFile, '-y'])
    const byHand = new Set(topology.enrollments.filter(({ by }) => by === 'file').map(({ identity }) => identity))
    const calls = [
      ...topology.entities.map(createArgs),
      ...[...byHand].map(name => ['enroll', `${name}.jwt`, '-o', `${name}.json`, '-a', 'EC']),
    ]
    const started = performance.now()
    for (const args of calls) call(args)
    return Promise.resolve({ ms: performance.now() - started, calls: calls.length })
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function createArgs(entity: Wanted): string[] {
  const { name } = entity
  switch (entity.kind) {
    case 'identity':
      return ['create', 'identity', name, '-o', `${name}.jwt`, ...list('-a', entity.fields.roleAttributes)]
    case 'config':
      return ['create', 'config', name, entity.fields.configType, JSON.stringify(entity.fields.data)]
    case 'service':
      return [
        ...['create', 'service', name],
        ...list('-c', entity.fields.configs),
        ...list('-a', entity.fields.roleAttributes),
      ]
    case 'service-policy': {
      const { type, identityRoles, serviceRoles } = entity.fields
      const roles = [...list('--identity-roles', identityRoles), ...list('--service-roles', serviceRoles)]
      return ['create', 'service-policy', name, type, '--semantic', 'AnyOf', ...roles]
    }
    case 'edge-router-policy':
    case 'service-edge-router-policy':
      throw new Error(`${entity.kind}/${name} is no part of the article`)
  }
}

function list(flag: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [flag, items.join(',')]
}
