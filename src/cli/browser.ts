import { ToolError } from '../errors.js'
import { openBrowser } from '../tools/browser.js'

/** Opens a URL in the person's browser. Without one the URL is still good, so that is told and no more. */
export async function showInBrowser(url: string, tell: (line: string) => void): Promise<void> {
  try {
    await openBrowser(url, process.platform)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    tell(`warning: no browser was opened: ${error.message}`)
  }
}
