#!/usr/bin/env node
// CommonJS, as the bundle is: an ES module would get node's loader of those going first, which nothing here needs.
'use strict'
const { mkdirSync, readFileSync, statSync } = require('node:fs')
const module_ = require('node:module')
const { homedir } = require('node:os')
const { isAbsolute, join } = require('node:path')

const root = join(__dirname, '..')
// The version alone needs none of the program: scripts ask for it often, and it should cost no more than node itself.
const [first, ...rest] = process.argv.slice(2)
if ((first === '--version' || first === '-v') && rest.length === 0) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  keepCompiled()
  const { run } = require('../dist/src/cli/run.js')
  // It never fails: what goes wrong is told, and is the exit code.
  void run(root)
}

// Node 22.8 and later can keep what they have compiled, and start sooner the next time. What is kept is run: so only in a folder
// that nobody else can write to. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE are Node's own, and go before this.
function keepCompiled() {
  if (module_.enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE) return
  try {
    const { XDG_CACHE_HOME: given = '' } = process.env
    const folder = join(isAbsolute(given) ? given : join(homedir(), '.cache'), 'zprom', 'compiled')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    if (uid === process.getuid?.() && (mode & 0o022) === 0) module_.enableCompileCache(folder)
  } catch {
    // Nothing can be kept there: it starts as it does the first time.
  }
}
