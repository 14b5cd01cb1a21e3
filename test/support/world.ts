import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Controller, observe } from '../../src/controller/index.js'
import { expandSpec } from '../../src/expand/index.js'
import { type ConvergeInputs, type ConvergeResult, converge, preview } from '../../src/flows/converge.js'
import { verify } from '../../src/flows/verify.js'
import { asRaw, kindOf, kinds, type Raw, text } from '../../src/kinds/index.js'
import type { CheckResult } from '../../src/model/check.js'
import type { EntityKind } from '../../src/model/entity.js'
import type { Plan } from '../../src/model/plan.js'
import type { Report } from '../../src/model/report.js'
import type { Snapshot } from '../../src/model/snapshot.js'
import type { Topology } from '../../src/model/topology.js'
import { parseSpec } from '../../src/spec/parse.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { sharedOverlay, type TestOverlay } from './overlay.js'
import { suiteSecrets } from './secrets.js'
import { specOf } from './spec-builder.js'
import { depsOf, openAs, type RunOptions, timeoutMs } from './world-run.js'

/** What a run is to make true: a topology, or a spec (text, or input to which the world's stack is added). */
export type Wish = string | SpecInput | Topology

export type World = {
  readonly overlay: TestOverlay
  /** Letters and digits that nothing else has in its name: the stack, and a part of every name in it. */
  readonly word: string
  readonly outDir: string
  /** For what a person does by hand. */
  readonly admin: Controller
  topologyOf(wish: Wish): Topology
  /** A whole run in the process; its requests are those of the report. */
  converge(wish: Wish, options?: RunOptions): Promise<ConvergeResult & { readonly report: Report }>
  preview(wish: Wish, options?: RunOptions): Promise<{ readonly plan: Plan; readonly requests: number }>
  verify(wish: Wish, options?: RunOptions): Promise<readonly CheckResult[]>
  observe(): Promise<Snapshot>
  /** A controller adapter as a run has it; closed with the world. */
  open(options?: RunOptions): Controller
  /** What the controller has under a name; undefined when nothing. */
  find(kind: EntityKind, name: string): Promise<(Raw & { readonly id: string }) | undefined>
  /** Changes an entity as another tool would. */
  change(kind: EntityKind, name: string, body: Raw): Promise<void>
  /** Deletes everything that bears the world's word, and the folder. */
  end(): Promise<void>
}

/** A place for one case: unique names on the shared overlay (or the one given), an output folder, and the real flows. */
export async function newWorld(given?: TestOverlay): Promise<World> {
  const overlay = given ?? (await sharedOverlay())
  const word = newWord()
  const outDir = await mkdtemp(join(tmpdir(), 'zprom-world-'))
  const admin = overlay.admin()
  const opened: Controller[] = [admin]
  const open = (options: RunOptions = {}) => {
    const controller = openAs(overlay, options)
    opened.push(controller)
    return controller
  }
  const topologyOf = (wish: Wish): Topology => {
    if (typeof wish === 'string') return expandSpec(parseSpec(wish, 'zprom.yaml'))
    return 'entities' in wish ? wish : expandSpec(specOf({ stack: word, ...wish }))
  }
  const inputsOf = (wish: Wish, options: RunOptions): ConvergeInputs => ({
    topology: topologyOf(wish),
    outDir: options.outDir ?? outDir,
    shown: path => path,
    reEnroll: new Set(options.reEnroll),
    ...(options.adopt !== undefined && { adopt: options.adopt }),
    ...(options.prune !== undefined && { prune: options.prune }),
    ...(options.target !== undefined && { target: options.target }),
  })
  const find: World['find'] = async (kind, name) => {
    const [raw] = await admin.listByName(kindOf(kind).path, [name])
    if (raw === undefined) return undefined
    const document = asRaw(raw, kind)
    return { ...document, id: text(document, 'id', kind) }
  }
  return {
    overlay,
    word,
    outDir,
    admin,
    topologyOf,
    open,
    find,
    converge: async (wish, options = {}) => {
      const deps = depsOf(overlay, open(options), options)
      const how = {
        algorithm: options.algorithm ?? 'ec-p256',
        confirm: options.confirm ?? (async () => true),
        beforeApply: options.beforeApply ?? (async () => undefined),
      }
      const { plan, report } = await converge(inputsOf(wish, options), how, deps)
      assert.ok(report !== undefined)
      return { plan, report }
    },
    preview: async (wish, options = {}) => {
      const deps = depsOf(overlay, open(options), options)
      const { plan } = await preview(inputsOf(wish, options), deps)
      return { plan, requests: deps.controller.requests() }
    },
    verify: async (wish, options = {}) => {
      const deps = depsOf(overlay, open(options), options)
      const { checks } = await verify(
        inputsOf(wish, options),
        { as: undefined, allowExtra: false, full: options.full, timeoutMs },
        deps,
      )
      return checks
    },
    observe: () => observe(admin),
    change: async (kind, name, body) => {
      const there = await find(kind, name)
      assert.ok(there !== undefined, `no ${kind}/${name}`)
      await admin.patch(kindOf(kind).path, there.id, body)
    },
    end: async () => {
      await removeAll(admin, word)
      for (const controller of opened) controller.close()
      await suiteSecrets.folder(outDir)
      await rm(outDir, { recursive: true, force: true })
    },
  }
}

// Begins with a letter, so that it can be a cluster's name.
function newWord(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  const all = `${letters}0123456789`
  return Array.from({ length: 7 }, (_, at) => (at === 0 ? letters[randomInt(26)] : all[randomInt(36)])).join('')
}

async function removeAll(admin: Controller, word: string): Promise<void> {
  for (const { path } of [...kinds].reverse()) {
    const rows = await admin.list(path, `tags.zprom_stack = "${word}" or name contains "${word}"`)
    await Promise.all(rows.map(row => admin.remove(path, text(asRaw(row, path), 'id', path))))
  }
}
