import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { findChromium, startBrowser } from '../support/browser.js'
import { bin, newPerson, type Person } from '../support/cli.js'
import { canStartOverlays } from '../support/overlay.js'
import { hasPrometheus } from '../support/prometheus.js'
import { requires } from '../support/requires.js'

// ZPROM_SCREENSHOTS=1 writes docs/images anew.
const images =
  process.env.ZPROM_SCREENSHOTS === '1' ? fileURLToPath(new URL('../../docs/images/', import.meta.url)) : undefined

describe('a browser, on the Prometheus servers of the demo', function () {
  this.timeout(120_000)
  let person: Person
  let demo: ChildProcess | undefined
  let browser: { context: BrowserContext; stop(): Promise<void> } | undefined
  let addresses: ReadonlyMap<string, string>

  before(async function () {
    this.timeout(180_000)
    const chromium = findChromium()
    requires(this, canStartOverlays(), 'starts a sandbox of its own')
    requires(this, hasPrometheus(), 'prometheus is not installed')
    requires(this, chromium !== undefined, 'chromium is not installed')
    person = await newPerson()
    const { ZPROM_ZITI } = process.env
    const env = { ...person.env, ...(ZPROM_ZITI !== undefined && { ZPROM_ZITI }) }
    demo = spawn(process.execPath, [bin, 'sandbox', 'demo', '--folder', '../sandbox'], { cwd: person.folder, env })
    addresses = await readAddresses(demo)
    browser = await startBrowser(chromium ?? '')
  })
  after(async () => {
    await browser?.stop()
    if (demo !== undefined) {
      const ended = new Promise(resolve => demo?.once('close', resolve))
      demo.kill('SIGINT')
      await ended
    }
    await person?.run(['sandbox', 'down', '--folder', '../sandbox', '--purge'])
    await person?.leave()
  })

  // Newer versions have their pages at the root, Debian's only those under /classic.
  const open = async (name: string, path: string): Promise<Page> => {
    const page = (await browser?.context.newPage()) ?? assert.fail('there is no browser')
    const base = addresses.get(name) ?? assert.fail(name)
    const answer = await page.goto(`${base}${path}`)
    if (answer?.status() === 404) await page.goto(`${base}classic/${path}`)
    return page
  }
  const shoot = async (page: Page, name: string) => {
    if (images !== undefined) await page.screenshot({ path: `${images}${name}.png` })
  }

  for (const [name, jobs] of [
    ['kubeA', ['kubeA.reflectz', 'kubeB.reflectz']],
    ['kubeB', ['kubeB.reflectz']],
    ['local', ['zitified-prometheus-a', 'reflect-a', 'zitified-prometheus-b', 'reflectz-b']],
  ] as const) {
    it(`sees every target of ${name} up`, async () => {
      const page = await open(name, 'targets')
      for (const job of jobs) await page.getByText(`${job} (1/1 up)`).first().waitFor({ timeout: 20_000 })
      await shoot(page, `${name}-targets`)
      await page.close()
    })
  }

  for (const name of ['kubeA', 'kubeB', 'local'])
    it(`sees on ${name} the series of the workload of kubeB`, async () => {
      const page = await open(name, 'graph?g0.expr=reflect_total_connections&g0.tab=1')
      await page
        .getByText(/kubeB\.reflect\.scrape\.svc-kubeB\.reflect\.id:80/)
        .first()
        .waitFor({ timeout: 20_000 })
      await page.close()
      const graph = await open(name, 'graph?g0.expr=reflect_total_connections&g0.tab=0&g0.range_input=1m')
      await graph
        .getByText(/kubeB\.reflect\.scrape\.svc/)
        .first()
        .waitFor({ timeout: 20_000 })
      if (name === 'kubeA') await shoot(graph, 'kubeA-graph')
      await graph.close()
    })

  it('sees them through "zprom proxy" as well, as the developer', async () => {
    const cwd = join(person.folder, '../sandbox/demo')
    const child = spawn(process.execPath, [bin, 'proxy', 'kubeB.prometheus', '--as', 'dev.client'], {
      cwd,
      env: person.env,
    })
    const ended = new Promise(resolve => child.once('close', resolve))
    try {
      const port = await new Promise<string>((resolve, reject) => {
        let said = ''
        const look = (text: string) => {
          said += text
          const [, found] = /^127\.0\.0\.1:(\d+) leads to kubeB\.prometheus\.svc$/m.exec(said) ?? []
          if (found !== undefined) resolve(found)
        }
        child.stdout.setEncoding('utf8').on('data', look)
        child.stderr.setEncoding('utf8').on('data', look)
        child.once('close', code => reject(new Error(`zprom proxy ended with ${code}:\n${said}`)))
      })
      addresses = new Map([...addresses, ['proxied', `http://127.0.0.1:${port}/`]])
      const page = await open('proxied', 'targets')
      await page.getByText('kubeB.reflectz (1/1 up)').first().waitFor({ timeout: 20_000 })
      await page.close()
    } finally {
      child.kill('SIGINT')
      await ended
    }
  })
})

function readAddresses(demo: ChildProcess): Promise<ReadonlyMap<string, string>> {
  return new Promise((resolve, reject) => {
    let said = ''
    const look = (text: string) => {
      said += text
      if (!said.includes('Ctrl-C ends it')) return
      const found = [...said.matchAll(/^(kubeA|kubeB|local): (http:\S+)$/gm)]
      resolve(new Map(found.map(([, name = '', address = '']) => [name, address])))
    }
    demo.stdout?.setEncoding('utf8').on('data', look)
    demo.stderr?.setEncoding('utf8').on('data', look)
    demo.once('close', code => reject(new Error(`the demo ended with ${code}:\n${said}`)))
  })
}
