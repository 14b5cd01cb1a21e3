#!/usr/bin/env node
// The version alone needs none of the program: scripts ask for it often, and it should cost no more than node itself.
import { readFileSync } from 'node:fs'

const [first, ...rest] = process.argv.slice(2)
if ((first === '--version' || first === '-v') && rest.length === 0) {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  const { run } = await import('../dist/src/cli/run.js')
  await run(import.meta.url)
}
