#!/usr/bin/env node
// CommonJS, as the bundle is: an ES module would get node's loader of those going first, which nothing here needs.
'use strict'
const { mkdirSync, readFileSync, statSync } = require('node:fs')
const module_ = require('node:module')
const { homedir } = require('node:os')
const { isAbsolute, join } = require('node:path')

const root = join(__dirname, '..')
// Commands that run until they are told to stop.
const lasting = ['bridge', 'connect', 'host', 'open', 'proxy']
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
// The version alone needs none of the program: scripts ask for it often, and it should cost no more than node itself.
const [first, ...rest] = process.argv.slice(2)
if ((first === '--version' || first === '-v') && rest.length === 0) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else if (major < 20 || (major === 20 && minor < 17)) {
  process.stderr.write(`Error: zprom needs Node 20.17 or later; this is ${process.versions.node}\n`)
  process.exitCode = 8
} else {
  keepCompiled()
  if (!lasting.includes(first)) optimizeLater()
  const { run } = require('../dist/src/cli/run.js')
  // It never fails: what goes wrong is told, and is the exit code.
  void run(root)
}

// Most runs take seconds, and the V8 of Node 20 makes its best code of what ran for a few dozen milliseconds: to judge a large
// spec, a fifth of what the processor did went into code that was hardly used any more. Later ones have other flags, and keep
// what they have compiled by them.
function optimizeLater() {
  if (major === 20) require('node:v8').setFlagsFromString('--interrupt-budget=400000')
}

// Node 22.8 and later can keep what they have compiled, and start sooner the next time. What is kept is run: so only in a folder
// that nobody else can write to. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE are Node's own, and go before this.
function keepCompiled() {
  if (module_.enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE) return
  try {
    const { XDG_CACHE_HOME: given = '' } = process.env
    const cache = isAbsolute(given) ? given : join(homedir(), '.cache')
    const ours = join(cache, 'zprom')
    const folder = join(ours, 'compiled')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Who can write to a folder can put another in the place of what is in it.
    const isOwn = [cache, ours, folder].every(path => {
      const { uid, mode } = statSync(path)
      return uid === process.getuid?.() && (mode & 0o022) === 0
    })
    if (isOwn) module_.enableCompileCache(folder)
  } catch {
    // Nothing can be kept there: it starts as it does the first time.
  }
}
