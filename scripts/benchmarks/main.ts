// Called by scripts/bench, which sees to packages and build. Ends with 0 whether targets are met or missed.
import { formatTable, type Row } from './table.js'

const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  startup: async () => (await import('./startup.js')).measureStartup(),
  plan: async () => (await import('./planning.js')).measurePlanning(),
  article: async () => (await import('./article.js')).measureArticle(say),
  dataplane: async () => [
    ...(await (await import('./dataplane.js')).measureDataplane(say)),
    ...(await (await import('./scrapes.js')).measureScrapes(say)),
    ...(await (await import('./crowd.js')).measureCrowd(say)),
  ],
  scale: async () => (await import('./scale.js')).measureScale(say),
  // Parts of dataplane.
  scrapes: async () => (await import('./scrapes.js')).measureScrapes(say),
  crowd: async () => (await import('./crowd.js')).measureCrowd(say),
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)
const unknown = chosen.find(name => parts[name] === undefined)
if (unknown !== undefined) {
  process.stderr.write(`no part "${unknown}"; there are: ${Object.keys(parts).join(', ')}\n`)
  process.exit(2)
}
const rows: Row[] = []
for (const name of chosen) {
  say(`measuring: ${name}`)
  rows.push(...((await parts[name]?.()) ?? []))
}
console.log(formatTable(rows))

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
