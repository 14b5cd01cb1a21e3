#!/usr/bin/env node
import { createRequire } from 'node:module'

// Required and not imported: an import reads a module of node's name by name, and so gets more of it going than is used.
const require = createRequire(import.meta.url)
const { mkdirSync, readFileSync, statSync } = require('node:fs')
const module = require('node:module')
const { homedir } = require('node:os')
const { isAbsolute, join } = require('node:path')

// The version alone needs none of the program: scripts ask for it often, and it should cost no more than node itself.
const [first, ...rest] = process.argv.slice(2)
if ((first === '--version' || first === '-v') && rest.length === 0) {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  keepCompiled()
  const { run } = require('../dist/src/cli/run.js')
  await run(import.meta.url)
}

// Node 22.8 and later can keep what they have compiled, and start sooner the next time. What is kept is run: so only in a folder
// that nobody else can write to. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE are Node's own, and go before this.
function keepCompiled() {
  if (module.enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE) return
  try {
    const { XDG_CACHE_HOME: given = '' } = process.env
    const folder = join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'zprom', 'compiled')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    if (uid === process.getuid?.() && (mode & 0o022) === 0) module.enableCompileCache(folder)
  } catch {
    // Nothing can be kept there: it starts as it does the first time.
  }
}
