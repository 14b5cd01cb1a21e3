import { Flags } from '@oclif/core'
import { counted } from '../../report/counted.js'
import { defaultFolder, type SandboxStatus, sandboxProfile } from './index.js'

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
export function formatSandbox({ running, url, version, routersOnline, pid }: SandboxStatus): string {
  if (!running) return 'The sandbox is not running.'
  return `The sandbox runs at ${url} (OpenZiti ${version}, process ${pid}), ${counted(routersOnline, 'edge router')} online; use it with --profile ${sandboxProfile}.`
}
