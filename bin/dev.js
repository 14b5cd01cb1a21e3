#!/usr/bin/env -S node --import tsx
// Runs the commands from their TypeScript sources, without a build.
import { readFileSync } from 'node:fs'
import { Config, handle, run, settings } from '@oclif/core'

settings.enableAutoTranspile = false
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
pjson.oclif.commands.target = './commands'
const config = new Config({ root: new URL('..', import.meta.url).pathname, pjson })
await config.load()
await run(process.argv.slice(2), config).catch(handle)
