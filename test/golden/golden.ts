// Texts that people and scripts read, kept word for word in expected/. scripts/update-golden writes them anew.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('./expected/', import.meta.url)

/** Holds a text against the file of that name, or, when told to update, writes it there. */
export function assertGolden(name: string, text: string): void {
  const file = new URL(name, folder)
  const whole = `${text.trimEnd()}\n`
  if (process.env.ZPROM_UPDATE_GOLDEN === '1') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, whole)
    return
  }
  assert.equal(whole, read(file), `expected/${name} says otherwise; if the new text is right: scripts/update-golden`)
}

function read(file: URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
