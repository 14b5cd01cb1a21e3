import { join } from 'node:path'
import { UsageError } from '../../errors.js'
import { listNames, removeIfEmpty, removeTree } from '../files.js'
import { sweepOnce } from '../leftovers.js'

// The state comes last, so that a purge that was cut off can be run again.
const ofSandbox = ['home', 'quickstart.log', 'password', 'sandbox.json']
const ofDemo = ['prometheus', 'zprom-out', 'zprom.yaml', 'zprom.yaml.lock']

/** Throws UsageError for a folder that is somebody else's: one with anything in it, though no sandbox is kept there. */
export async function refuseForeign(folder: string): Promise<void> {
  await sweepOnce(folder)
  if ((await listNames(folder)).length === 0) return
  throw new UsageError(
    `${folder}: not empty, and no sandbox is kept there`,
    'choose a new folder or an empty one (--folder or ZPROM_SANDBOX)',
  )
}

/** Removes what the sandbox and its demo put into their folder, then the folder; the names of what else keeps it there. */
export async function purgeFolder(folder: string): Promise<string[]> {
  const demo = join(folder, 'demo')
  for (const name of ofDemo) await removeTree(join(demo, name))
  await removeIfEmpty(demo)
  for (const name of ofSandbox) await removeTree(join(folder, name))
  return removeIfEmpty(folder)
}
