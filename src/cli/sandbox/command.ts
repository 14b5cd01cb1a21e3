import { Flags } from '@oclif/core'
import { counted } from '../../report/counted.js'
import type { SandboxDownJson, SandboxJson } from '../../report/schema/machine.js'
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

/** What became of a sandbox that was stopped, for a person; `folder` as it was named. */
export function formatDown({ stopped, removed, left }: SandboxDownJson, folder: string): string {
  const state = stopped ? 'Stopped' : 'It was not running'
  if (!removed) return `${state}.`
  if (left.length === 0) return `${state}; its folder is removed.`
  return `${state}; what it kept is removed. In ${folder} is left what is not its own: ${left.join(', ')}`
}
