import { execa } from 'execa'
import { ToolError } from '../errors.js'

/** Opens a URL in the person's browser, and does not wait for it. Throws ToolError when there is none. */
export async function openBrowser(url: string, platform: NodeJS.Platform): Promise<void> {
  const [program, ...args] = openerOf(platform)
  const ran = await execa(program, [...args, url], { reject: false, stdin: 'ignore', timeout: 10_000 })
  if (!ran.failed) return
  const why = ran.code === 'ENOENT' ? 'it is not installed' : (ran.stderr.trim().split('\n').at(-1) ?? 'it failed')
  throw new ToolError(`${program}: ${why}`, program, `open it yourself: ${url}`)
}

// What each system has for it; rundll32 takes the URL as it is, where a shell would split it at "&".
function openerOf(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return ['xdg-open']
}
