import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../src', import.meta.url))

describe('the sources', () => {
  it('say of everything that they export what it is, in a docstring', () => {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
    assert.ok(files.length > 100)
    const bare = files
      .sort()
      .flatMap(path => bareExports(readFileSync(join(root, path), 'utf8')).map(at => `${path}:${at}`))
    assert.deepEqual(bare, [])
  })

  it('are found out where they lack one; what is only passed on needs none', () => {
    const text = '/** What it is. */\nexport const one = 1\nexport const two = 2\n// Why.\nexport type Three = 3\n'
    assert.deepEqual(bareExports(`${text}export { four } from './four.js'\nexport * from './five.js'\n`), [3, 5])
  })
})

// The formatter puts a declaration at the beginning of a line and its docstring on the lines before; what is only passed on
// has its docstring where it is declared.
function bareExports(text: string): number[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    const isDeclaration = /^export (?!(?:type )?[{*])/.test(line)
    return isDeclaration && !lines[index - 1]?.endsWith('*/') ? [index + 1] : []
  })
}
