#!/usr/bin/env node
// Node's own modules are asked for and not imported: an import reads them name by name, and so gets more going than is used.
const { getBuiltinModule } = process
const { mkdirSync, readFileSync, statSync } = getBuiltinModule('node:fs')
const module = getBuiltinModule('node:module')
const { isAbsolute, join } = getBuiltinModule('node:path')

// The version alone needs none of the program: scripts ask for it often, and it should cost no more than node itself.
const [first, ...rest] = process.argv.slice(2)
if ((first === '--version' || first === '-v') && rest.length === 0) {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  keepCompiled()
  const { run } = module.createRequire(import.meta.url)('../dist/src/cli/run.js')
  await run(import.meta.url)
}

// Node 22.8 and later can keep what they have compiled, and start sooner the next time. What is kept is run: so only in a folder
// that nobody else can write to. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE are Node's own, and go before this.
function keepCompiled() {
  if (module.enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE) return
  try {
    const { XDG_CACHE_HOME: given = '' } = process.env
    const folder = join(
      isAbsolute(given) ? given : join(getBuiltinModule('node:os').homedir(), '.cache'),
      'zprom',
      'compiled',
    )
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    if (uid === process.getuid?.() && (mode & 0o022) === 0) module.enableCompileCache(folder)
  } catch {
    // Nothing can be kept there: it starts as it does the first time.
  }
}
