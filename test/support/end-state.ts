import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Controller, fetchServicesAs, observe } from '../../src/controller/index.js'
import { fingerprint, keyFitsCertificate, parseIdentityFile } from '../../src/enroll/index.js'
import { asRaw, kinds } from '../../src/kinds/index.js'
import type { Snapshot } from '../../src/model/snapshot.js'
import type { TestOverlay } from './overlay.js'

/** Where a run has left its marks: a stack on a controller, and a folder. */
export type Place = {
  readonly overlay: Pick<TestOverlay, 'url' | 'ca'>
  readonly admin: Controller
  readonly word: string
  readonly outDir: string
}

/** What a run left at the controller and on disk, with names that do not tell which run it was; no secrets. */
export type EndState = { readonly inventory: readonly string[]; readonly files: readonly string[] }

/** All that is there of a stack, name for name, with fields and tags; of the folder, names and modes. */
export async function endStateOf(place: Place): Promise<EndState> {
  const snapshot = await observe(place.admin)
  const own = [...snapshot.entities.values()].filter(({ owner }) => owner?.stack === place.word)
  const inventory = own.map(({ kind, name, fields, tags }) => JSON.stringify([kind, name, fields, tags]))
  const enrolled = [...snapshot.enrollments]
    .filter(([name]) => snapshot.entities.get(`identity/${name}`)?.owner?.stack === place.word)
    .map(
      ([name, { ott, certificate }]) => `enrollment ${name}: token ${ott !== undefined}, ${certificate !== undefined}`,
    )
  const files = await listFiles(place.outDir)
  const described = files.map(async ({ path, mode }) => {
    const text = mode === 0o600 ? '' : await readFile(join(place.outDir, path), 'utf8')
    return `${path} ${mode.toString(8)} ${text}`
  })
  // Seals of artefacts and marks in tags are over texts with names; that they are right shows in an empty plan.
  const anonymous = (lines: readonly string[]) =>
    lines
      .map(line =>
        line
          .replaceAll(place.word, 'word')
          .replace(/checksum [0-9a-f]{16}/, '')
          .replaceAll(/[":][0-9a-f]{8}\b/g, ''),
      )
      .toSorted()
  return {
    inventory: anonymous([...inventory, ...enrolled]),
    files: anonymous(await Promise.all(described)),
  }
}

/** Fails unless each entity is there once, and each identity file is the one that the controller has the certificate of. */
export async function assertSound(place: Place): Promise<void> {
  const { admin, word, outDir } = place
  for (const { path, name } of kinds) {
    const rows = await admin.list(path, `tags.zprom_stack = "${word}"`)
    const names = rows.map(row => asRaw(row, name).name)
    assert.equal(new Set(names).size, names.length, `${name}: one is there twice`)
  }
  const snapshot = await observe(admin)
  const certificates = (await admin.list('/authenticators')).map(row => asRaw(row, 'authenticator'))
  for (const { path } of await listFiles(outDir)) {
    if (!path.endsWith('.json')) continue
    const name = await assertIdentityFits(join(outDir, path), snapshot)
    const id = snapshot.enrollments.get(name)?.identityId
    const own = certificates.filter(one => one.identityId === id && one.method === 'cert')
    assert.equal(own.length, 1, `identity/${name} has ${own.length} certificates`)
  }
}

/** Fails unless an identity file logs in at the controller itself. */
export async function assertUsable({ overlay }: Place, path: string, name: string): Promise<void> {
  const { keyPem: key, certPems } = parseIdentityFile(await readFile(path, 'utf8'), { name: path })
  await fetchServicesAs(
    { name, url: overlay.url, key, cert: certPems.join(''), ca: overlay.ca },
    {
      timeoutMs: 20_000,
      now: Date.now,
    },
  )
}

async function assertIdentityFits(path: string, snapshot: Snapshot): Promise<string> {
  const { keyPem, certPems } = parseIdentityFile(await readFile(path, 'utf8'), { name: path })
  const [cert = ''] = certPems
  assert.ok(keyFitsCertificate(keyPem, cert), `${path}: the key is not that of the certificate`)
  const name = relative(join(path, '..'), path).replace(/\.json$/, '')
  assert.equal(snapshot.enrollments.get(name)?.certificate?.fingerprint, fingerprint(cert, 'sha1'), path)
  return name
}

/** Identity file -> the key that it has, or that waits for it. */
export async function keysIn(folder: string): Promise<Map<string, string>> {
  const keys = new Map<string, string>()
  for (const { path } of await listFiles(folder)) {
    if (!/\.(json|key)$/.test(path)) continue
    const text = await readFile(join(folder, path), 'utf8')
    keys.set(
      path.replace(/key$/, 'json'),
      path.endsWith('.key') ? text : parseIdentityFile(text, { name: path }).keyPem,
    )
  }
  return keys
}

/** Fails unless every key that was there is that of its identity now. */
export async function assertKept(keys: ReadonlyMap<string, string>, folder: string): Promise<void> {
  const now = await keysIn(folder)
  for (const [path, key] of keys) assert.ok(now.get(path)?.trim() === key.trim(), `${path}: its key was given up`)
}

/** The files of a folder, with their modes; sorted. What a run that was killed was about to rename is none of them. */
export async function listFiles(folder: string): Promise<{ readonly path: string; readonly mode: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter(entry => entry.isFile() && !/^\.\d+\.[0-9a-f]{12}\.[0-9a-f]{12}\.tmp$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
  return Promise.all(
    paths.toSorted().map(async path => ({ path: relative(folder, path), mode: (await stat(path)).mode & 0o777 })),
  )
}
