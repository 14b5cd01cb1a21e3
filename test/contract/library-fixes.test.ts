import { strict as assert } from 'node:assert'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeLibraryFixes } from '../../src/cli/sandbox/library-fixes.js'
import { ToolError } from '../../src/errors.js'
import { answers } from '../../src/tools/which.js'
import { requires } from '../support/requires.js'

// On a library that overlay/ needs anyhow, so that Go has it.
const module = 'gopkg.in/yaml.v3'
const file = 'yaml.go'
const line = 'package yaml'

describe('the fixes of a Go program’s libraries', () => {
  let folder: string

  before(async function () {
    requires(this, await answers('go', ['version']), 'Go is not installed')
    folder = await mkdtemp(join(tmpdir(), 'zprom-fixes-'))
    await writeFile(join(folder, 'go.mod'), `module example.org/program\n\ngo 1.26\n\nrequire ${module} v3.0.1\n`)
    await copyFile(new URL('../../overlay/go.sum', import.meta.url), join(folder, 'go.sum'))
  })

  after(() => folder && rm(folder, { recursive: true }))

  const fix = (...edits: { from: string; to: string }[]) =>
    writeFile(join(folder, 'fixes.json'), JSON.stringify([{ module, file, why: 'to see it', edits }]))

  it('are in a copy of the library, which a go.mod beside it names; the library stays as it is', async () => {
    await fix({ from: `\n${line}\n`, to: `\n// mended\n${line}\n` })
    const into = join(folder, 'out of the way')
    const modfile = await writeLibraryFixes(folder, into)
    assert.equal(modfile, join(into, 'go.mod'))
    assert.match(
      await readFile(modfile, 'utf8'),
      /replace gopkg\.in\/yaml\.v3 => "\/.*\/out of the way\/gopkg\.in\/yaml\.v3"/,
    )
    assert.match(await readFile(join(into, module, file), 'utf8'), /\n\/\/ mended\npackage yaml\n/)
    assert.match(await readFile(join(into, 'go.sum'), 'utf8'), /gopkg\.in\/yaml\.v3 v3\.0\.1 h1:/)
    // Again over what is there, from the library: were that mended now, it would have two of them.
    await writeLibraryFixes(folder, into)
    assert.equal((await readFile(join(into, module, file), 'utf8')).split('// mended').length, 2)
  })

  it('are refused when the library has not just one such line', async () => {
    for (const from of ['this line is not there', 'func ']) {
      await fix({ from, to: '' })
      await assert.rejects(writeLibraryFixes(folder, join(folder, 'refused')), (error: unknown) => {
        assert.ok(error instanceof ToolError)
        assert.equal(
          error.message,
          `fixes.json: ${module}/${file} should have this line just once, to be mended: ${from}`,
        )
        assert.match(error.hint ?? '', /another version of it, in go\.mod/)
        return true
      })
    }
  })

  it('say what Go says of a module that there is not', async () => {
    await writeFile(join(folder, 'fixes.json'), JSON.stringify([{ module: 'example.org/none', file, edits: [] }]))
    await assert.rejects(writeLibraryFixes(folder, join(folder, 'none')), (error: unknown) => {
      assert.ok(error instanceof ToolError)
      assert.match(error.message, /^go mod download example\.org\/none failed \(exit 1\):\n.*example\.org\/none/s)
      return true
    })
  })
})
