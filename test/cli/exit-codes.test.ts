import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Person, Ran } from '../support/cli.js'
import { assertEnded, manyClusters, useWorld, type World } from '../support/cli-world.js'

type Row = {
  readonly code: number
  /** Completes "ends with 4 when …". */
  readonly when: string
  /** What has to be on stderr. */
  readonly says?: RegExp
  bring(person: Person, world: World): Promise<Ran>
}

const spec = (name: string) => `stack: ${name}\nclusters:\n  - {name: ${name}, prometheus: dark}\n`
// Something that zprom does not foresee: a platform that lacks what node has.
const brokenPlatform = 'data:text/javascript,Date.now=undefined'
// Something that never comes, and keeps no process alive.
const silentPlatform = "data:text/javascript,import%20fs%20from'node:fs/promises';fs.readFile=()=>new%20Promise(()=>{})"

const withSpec =
  (text: string, args: readonly string[], env = {}) =>
  async (person: Person) => {
    await person.write('zprom.yaml', text)
    return person.run(args, { env })
  }

const table: readonly Row[] = [
  { code: 0, when: 'a plan is shown', bring: withSpec(spec('zero'), ['plan']) },
  { code: 0, when: 'all is applied', bring: withSpec(spec('zero'), ['apply', '--yes']) },
  { code: 0, when: 'every check passes', bring: withSpec(spec('zero'), ['verify']) },
  { code: 0, when: 'plan --exit-code finds nothing to do', bring: withSpec(spec('zero'), ['plan', '--exit-code']) },
  {
    code: 1,
    when: 'something happens that nobody foresaw',
    says: /unexpected, so a bug in zprom/,
    bring: withSpec(spec('one'), ['plan'], { NODE_OPTIONS: `--import ${brokenPlatform}` }),
  },
  {
    code: 1,
    when: 'it waits for what never comes',
    says: /^Error: zprom ended before it was done, so a bug in zprom\n$/,
    bring: withSpec(spec('early'), ['plan'], { NODE_OPTIONS: `--import ${silentPlatform}` }),
  },
  { code: 2, when: 'there is no such flag', says: /--nope/, bring: person => person.run(['plan', '--nope']) },
  { code: 2, when: 'there is no such command', says: /did you mean/, bring: person => person.run(['plna']) },
  { code: 2, when: 'nobody is there to answer', says: /pass --yes/, bring: withSpec(spec('two'), ['apply']) },
  { code: 3, when: 'there is no spec', says: /no such file/, bring: person => person.run(['plan']) },
  { code: 3, when: 'the spec is wrong', says: /zprom\.yaml:1:11/, bring: withSpec('clusters: 1\n', ['plan']) },
  {
    code: 4,
    when: 'the login is refused',
    bring: withSpec(spec('four'), ['plan'], { ZPROM_PASSWORD_FILE: '', ZPROM_PASSWORD: 'wrong' }),
  },
  {
    code: 5,
    when: 'the controller cannot be reached',
    bring: withSpec(spec('five'), ['plan'], { ZPROM_CONTROLLER: 'https://localhost:1' }),
  },
  {
    code: 6,
    when: 'a conflict keeps everything from being applied',
    says: /1 conflict/,
    bring: async (person, world) => {
      await world.overlay.admin().create('/services', { name: 'six.reflect.svc', encryptionRequired: true })
      return withSpec(spec('six'), ['apply', '--yes'])(person)
    },
  },
  { code: 7, when: 'a check fails', bring: withSpec(spec('seven'), ['verify']) },
  {
    code: 8,
    when: 'a tool is missing',
    says: /\/nowhere\/ziti/,
    bring: person =>
      person.run(['sandbox', 'up'], { env: { ZPROM_SANDBOX: '../sandbox', ZPROM_ZITI: '/nowhere/ziti' } }),
  },
  {
    code: 8,
    when: 'a file is in the way of the output folder',
    says: /zprom-out/,
    bring: async person => {
      await person.write('zprom-out', 'a file')
      return withSpec(spec('eight'), ['apply', '--yes'])(person)
    },
  },
  { code: 10, when: 'plan --exit-code finds something to do', bring: withSpec(spec('ten'), ['plan', '--exit-code']) },
  { code: 10, when: 'render --check finds files that differ', bring: withSpec(spec('ten'), ['render', '--check']) },
  {
    code: 130,
    when: 'it is interrupted',
    says: /run the same command again/,
    bring: async person => {
      await person.write('zprom.yaml', manyClusters('stopped', 20))
      let isSent = false
      return person.run(['apply', '--yes'], {
        onStderr: (soFar, kill) => {
          if (isSent || !soFar.includes('done create')) return
          isSent = true
          kill('SIGINT')
        },
      })
    },
  },
]

describe('zprom', () => {
  const world = useWorld()

  for (const { code, when, says, bring } of table) {
    it(`ends with ${code} when ${when}`, async () => {
      assertEnded(await bring(await world.worker(), world), code, ...(says === undefined ? [] : [says]))
    })
  }

  it('has a case here for every exit code that the README lists', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const section = /\n## Exit codes\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? ''
    const listed = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
    assert.ok(listed.length > 8, section)
    assert.deepEqual([...new Set(table.map(({ code }) => code))], listed)
  })
})
