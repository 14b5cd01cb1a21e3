// Writes the libraries that overlay/fixes.json mends to a folder and prints the flag that builds overlay/ with them.
import { fileURLToPath } from 'node:url'
import { writeLibraryFixes } from '../src/cli/sandbox/library-fixes.js'

const [into] = process.argv.slice(2)
if (into === undefined || into === '') {
  console.error('usage: node --import tsx scripts/fix-libraries.ts FOLDER')
  process.exit(2)
}
const overlay = fileURLToPath(new URL('../overlay', import.meta.url))
console.log(`-modfile=${await writeLibraryFixes(overlay, into)}`)
