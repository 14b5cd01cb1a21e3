// Bundles the program and its libraries into dist/: one file per command, and chunks of what they share. A command then
// loads a handful of files instead of several hundred, which was most of what starting it cost (scripts/bench startup).
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type OutputFile, type Plugin, transform } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
// Beside it until it is whole: a build that fails leaves the one before.
const made = join(root, 'dist.new')
const target = 'node20.17'
const commands = (await readdir(join(root, 'commands'), { recursive: true })).filter(name => name.endsWith('.ts'))

// What libraries get going although zprom never asks them for it: axios forms (with a table of all media types), requests by
// fetch and HTTP/2 (with node's whole implementation of each), oclif the search for commands that no manifest lists.
const unused = [
  { of: /node_modules\/axios\/lib\//, what: /^(form-data|\.\/fetch\.js|http2)$/ },
  { of: /node_modules\/@oclif\/core\/lib\//, what: /^(minimatch|tinyglobby)$/ },
]

const withoutUnused: Plugin = {
  name: 'without what zprom does not use of its libraries',
  setup: bundle => {
    for (const { of, what } of unused) {
      bundle.onResolve({ filter: what }, ({ path, importer }) =>
        of.test(importer) ? { path, namespace: 'unused' } : undefined,
      )
    }
    bundle.onLoad({ filter: /./, namespace: 'unused' }, () => ({
      contents: 'export default undefined; export const getFetch = () => undefined',
    }))
    // Merely to look at the forms of fetch gets all of it going.
    bundle.onLoad({ filter: /node_modules\/axios\/lib\/utils\.js$/ }, async ({ path }) => {
      const [before, after, ...more] = (await readFile(path, 'utf8')).split(/typeof G\.FormData .*(?=;)/)
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(`${path} does not look at FormData as it did`)
      return { contents: `${before}undefined${after}` }
    })
  },
}

await rm(made, { recursive: true, force: true })
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: [...commands.map(name => `commands/${name}`), 'src/cli/run.ts'],
  outbase: '.',
  outdir: made,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target,
  // ES modules first: the names of a CommonJS module can't be told apart when it is imported on demand.
  mainFields: ['module', 'main'],
  plugins: [withoutUnused],
  metafile: true,
  write: false,
  logLevel: 'warning',
})
await Promise.all(outputFiles.map(writeRequired))
await writeFile(join(made, 'package.json'), '{ "type": "commonjs" }\n')
await writeFile(join(made, 'THIRD-PARTY-NOTICES.txt'), await readNotices(Object.keys(metafile.inputs)))
await rm(dist, { recursive: true, force: true })
await rename(made, dist)

// Only ES modules are split into chunks, and only CommonJS starts fast: it is loaded at once and in one go, and node's own modules
// are not read name by name, which gets much going that nobody asked for (all of fetch behind node:http).
async function writeRequired({ path, text }: OutputFile): Promise<void> {
  // An ES module is strict by itself, and knows its URL.
  const url = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;"
  const banner = ['"use strict";', ...(text.includes('import.meta.url') ? [url] : [])]
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target,
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname', 'import.meta.url': 'importMetaUrl' },
    banner: banner.join(' '),
    minifySyntax: true,
    minifyWhitespace: true,
    // What ends the process outside a command shows its line.
    lineLimit: 120,
  })
  if (code.includes('import_meta')) throw new Error(`${path}: of import.meta only dirname and url are there`)
  const file = join(made, relative(made, path))
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, code)
}

// The licences of the libraries whose code the bundle holds: most ask to be passed on with it.
async function readNotices(inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []))
  const notices = await Promise.all([...folders].sort().map(readNotice))
  return `zprom contains code of these libraries.\n\n${notices.join('\n')}`
}

async function readNotice(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'))
  if (typeof license !== 'string') throw new Error(`${folder}: its package.json names no licence`)
  const files = (await readdir(join(root, folder))).filter(file => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
  const texts = await Promise.all(files.map(file => readFile(join(root, folder, file), 'utf8')))
  return [`== ${name} ${version} (${license})\n`, ...texts.map(text => `${text.trim()}\n`)].join('\n')
}
