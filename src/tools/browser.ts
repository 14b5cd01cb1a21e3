import { execa } from 'execa'
import { ToolError } from '../errors.js'

/** Opens an address with what the system opens addresses with. Throws ToolError. */
export async function openBrowser(url: string, platform: NodeJS.Platform): Promise<void> {
  const [program, ...args] = opener(platform)
  const { failed, code } = await execa(program, [...args, url], { reject: false, stdio: 'ignore', timeout: 10_000 })
  if (!failed) return
  const why = code === 'ENOENT' ? 'is not installed' : 'did not open it'
  throw new ToolError(`${program} ${why}`, program, `open ${url} yourself; it leads there as long as this runs`)
}

function opener(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open']
  // The empty word is the title of a window, which start takes first.
  return platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
}
