import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

const belowFlows = [
  'model',
  'kinds',
  'edge',
  'bridge',
  'native',
  'tunnel',
  'reflect',
  'spec',
  'expand',
  'plan',
  'controller',
  'report',
  'render',
  'live',
  'apply',
  'enroll',
  'verify',
  'tools',
]

// Who may use values of whom (types are free, errors.ts is open to all). A folder that is not here may use nobody.
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: [],
  kinds: ['model'],
  // Collisions between entities show only in what a spec expands to; the expansion takes types from spec, so no circle.
  spec: ['model', 'kinds', 'expand'],
  expand: ['model', 'kinds'],
  plan: ['model', 'kinds'],
  controller: ['model', 'kinds'],
  report: ['model'],
  render: ['model'],
  // Edits a configuration as a spec is edited: the same splices.
  live: ['model', 'spec'],
  // A create that finds its entity there asks the planner's own comparison whether it is ours, and the same.
  apply: ['model', 'kinds', 'controller', 'report', 'plan'],
  // Asks the controller through a port that flows fill in.
  edge: [],
  bridge: ['model', 'edge'],
  // Another data plane behind the port of edge.
  native: ['edge'],
  // What a tunneler does: places, host.v1, local ports.
  tunnel: ['model', 'edge'],
  // The article's workload; knows nothing of where its connections come from.
  reflect: [],
  enroll: ['model'],
  // The first check is that the plan is empty.
  verify: ['model', 'kinds', 'controller', 'report', 'plan'],
  tools: ['model'],
  flows: belowFlows,
  cli: [...belowFlows, 'flows'],
  commands: ['model', 'plan', 'controller', 'report', 'render', 'tools', 'flows', 'cli'],
}

// Packages and globals that only some folders may touch.
const reserved: readonly { readonly what: RegExp; readonly folders: readonly string[] }[] = [
  { what: /from 'axios'|import\('axios'\)/, folders: ['controller', 'enroll'] },
  { what: /from 'execa'|import\('execa'\)/, folders: ['tools'] },
  { what: /from 'inquirer'|import\('inquirer'\)|from '@oclif\/core'/, folders: ['cli', 'commands'] },
  { what: /from 'node:fs(\/promises)?'/, folders: ['cli'] },
  { what: /\bprocess\.env\b|\bDate\.now\b/, folders: ['cli'] },
]

describe('the folders of src', () => {
  it('use values only of the folders below them', async () => {
    const wrong: string[] = []
    for (const { path, folder, text } of await readSources()) {
      for (const target of importsOf(text)) {
        const other = folderOf(relative(root, join(root, dirname(path), target)))
        if (other === undefined || other === folder || allowed[folder]?.includes(other)) continue
        wrong.push(`${path} uses ${other} (${target})`)
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('leave the network, programs, files, questions, the clock and the environment to those that own them', async () => {
    const sources = await readSources()
    const wrong = reserved.flatMap(({ what, folders }) =>
      sources
        .filter(({ folder, text }) => !folders.includes(folder) && what.test(withoutComments(text)))
        .map(({ path }) => `${path} has ${what}`),
    )
    assert.deepEqual(wrong, [])
  })

  it('are all known to this test', async () => {
    const folders = new Set((await readSources()).map(({ folder }) => folder))
    assert.deepEqual(
      [...folders].filter(folder => allowed[folder] === undefined),
      [],
    )
  })
})

type Source = { readonly path: string; readonly folder: string; readonly text: string }

async function readSources(): Promise<Source[]> {
  const lists = await Promise.all(
    ['src', 'commands'].map(top =>
      readdir(join(root, top), { recursive: true }).then(names => names.map(name => join(top, name))),
    ),
  )
  const paths = lists.flat().filter(path => path.endsWith('.ts'))
  const sources = await Promise.all(
    paths.map(async path => ({ path, folder: folderOf(path), text: await readFile(join(root, path), 'utf8') })),
  )
  return sources.flatMap(({ folder, ...rest }) => (folder === undefined ? [] : [{ folder, ...rest }]))
}

// src/errors.ts stands in no folder: it is open to all.
function folderOf(path: string): string | undefined {
  const [top, folder, ...rest] = path.split(/[\\/]/)
  if (top === 'commands') return 'commands'
  return top === 'src' && rest.length > 0 ? folder : undefined
}

// Static and dynamic imports and re-exports of values. `import type` and lists of types alone are free.
function importsOf(text: string): string[] {
  const statics = [...text.matchAll(/^(?:import|export)\s+(?!type\b)([^;'"]*?)from '(\.[^']+)'/gm)]
    .filter(([, names = '']) => !/^\{(\s*type\s[^,}]+,?)+\s*\}\s*$/.test(names))
    .map(([, , target = '']) => target)
  const dynamics = [...text.matchAll(/import\('(\.[^']+)'\)/g)].map(([, target = '']) => target)
  return [...statics, ...dynamics]
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}
