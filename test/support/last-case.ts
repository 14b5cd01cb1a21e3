import assert from 'node:assert/strict'
import mocha from 'mocha'
import { noteSessions } from './overlay.js'
import { suiteSecrets } from './secrets.js'

/** Adds a case that runs after all others, however many files there are: what they printed and wrote is searched. */
export function addLastCase(root: mocha.Suite): void {
  const suite = mocha.Suite.create(root, 'all that the cases before had zprom print and write')
  const title = 'has no password, session, JWT or private key in it, but for files of mode 0600'
  const last = new mocha.Test(title, async () => {
    await noteSessions()
    const leaks = suiteSecrets.find()
    const { outputs, secrets } = suiteSecrets.counts()
    process.stderr.write(`      ${outputs} outputs and files, ${secrets} secrets\n`)
    assert.deepEqual(leaks, [])
  })
  last.timeout(120_000)
  suite.addTest(last)
}
