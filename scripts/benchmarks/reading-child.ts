// Reads all lists in a process of its own, as a plan has to, and does nothing with them; prints how long it took and how many
// entities there were. Its login is not counted, and its connections are not those of the login.
import { readFileSync } from 'node:fs'
import { openBareClient } from './bare-client.js'

const {
  BENCH_URL: url = '',
  BENCH_USERNAME: username = '',
  BENCH_PASSWORD_FILE: file = '',
  BENCH_CA: ca = '',
} = process.env
const client = await openBareClient(
  { url, username, password: readFileSync(file, 'utf8'), ca: readFileSync(ca, 'utf8') },
  8,
)
const found = await client.read()
client.close()
process.stdout.write(JSON.stringify(found))
