import { Flags } from '@oclif/core'
import { counted } from '../../report/counted.js'
import type { SandboxJson } from '../../report/schema/machine.js'
import { defaultFolder } from './index.js'

/** Flags of the sandbox commands. */
export const sandboxFlags = {
  folder: Flags.string({
    description: 'Folder that keeps it between runs',
    env: 'ZPROM_SANDBOX',
    default: async () => defaultFolder(),
    defaultHelp: async () => 'the data folder of this platform',
  }),
}

/** The state of the sandbox in one line for a person. */
export function formatSandbox(status: SandboxJson): string {
  const { running, starting, url, profile, version, routersOnline, pid } = status
  if (starting) return `The sandbox is starting at ${url} (process ${pid}); "zprom sandbox up" waits until it is ready.`
  if (!running) return 'The sandbox is not running.'
  return `The sandbox runs at ${url} (OpenZiti ${version}, process ${pid}), ${counted(routersOnline, 'edge router')} online; use it with --profile ${profile}.`
}
