import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

/** The Chromium of this machine; undefined when there is none. */
export function findChromium(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].find(name => spawnSync(name, ['--version']).status === 0)
}

/** A browser without a window, with a profile of its own. */
export async function startBrowser(name: string): Promise<{ context: BrowserContext; stop(): Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), 'zprom-browser-'))
  const executablePath = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
  const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    // As root Chromium has no sandbox to offer.
    chromiumSandbox: process.getuid?.() !== 0,
    args,
    viewport: { width: 1280, height: 720 },
  })
  const stop = async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true })
  }
  return { context, stop }
}
