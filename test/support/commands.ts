import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Config, settings } from '@oclif/core'

/** All commands, from their sources as in bin/dev.js: no build is needed. */
export async function loadCommands(): Promise<Config> {
  settings.enableAutoTranspile = false
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const pjson = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  pjson.oclif.commands.target = './commands'
  const config = new Config({ root, pjson, ignoreManifest: true })
  await config.load()
  return config
}
