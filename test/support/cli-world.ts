import assert from 'node:assert/strict'
import { newPerson, type Person, type Ran } from './cli.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from './overlay.js'
import { requires } from './requires.js'

/** What the cases of one file share: an empty real overlay of their own, and people who come and go. */
export type World = {
  readonly overlay: TestOverlay
  /** Somebody whose environment names the overlay, as a CI job's would. */
  worker(): Promise<Person>
  /** Somebody with an empty configuration: has to log in. */
  newcomer(): Promise<Person>
  /** Somebody who has logged in: a profile, and no variable in the environment. */
  member(...flags: string[]): Promise<Person>
}

/** Where a person's profiles are, seen from the folder they work in. */
export const profileStore = '../config/zprom/profiles.json'

/**
 * Gives the suite it is called in a world; everybody leaves after each case (after the last, with `keepPeople`), the
 * overlay stops after the last.
 */
export function useWorld({ keepPeople = false } = {}): World {
  let overlay: TestOverlay | undefined
  const people: Person[] = []
  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    overlay = await freshOverlay()
  })
  const leave = () => Promise.all(people.splice(0).map(person => person.leave()))
  afterEach(async () => {
    if (!keepPeople) await leave()
  })
  after(async () => {
    await leave()
    await overlay?.stop()
  })
  const here = () => overlay ?? assert.fail('the overlay is not there yet')
  const arrive = async (person: Promise<Person>) => {
    people.push(await person)
    return person
  }
  return {
    get overlay() {
      return here()
    },
    worker: () => arrive(newPerson(here())),
    newcomer: () => arrive(newPerson()),
    member: async (...flags) => {
      const { url, username, password, caFile } = here()
      const person = await arrive(newPerson())
      const env = { ZPROM_PASSWORD: password }
      await person.ok(['login', url, '--username', username, '--ca', caFile, ...flags], { env })
      return person
    },
  }
}

/** Expects an exit code, and on stderr what each pattern says. */
export function assertEnded({ code, stdout, stderr }: Ran, expected: number, ...patterns: readonly RegExp[]): void {
  assert.equal(code, expected, `ended with ${code}:\n${stdout}\n${stderr}`)
  for (const pattern of patterns) assert.match(stderr, pattern)
  assert.doesNotMatch(stderr, /\n\s+at .*:\d+:\d+/, 'a stack trace was printed')
}

/** The single JSON document that stdout must be, with nothing on stderr. */
export function documentOf({ stdout, stderr }: Ran) {
  assert.equal(stderr, '', '--json leaves stderr empty')
  return JSON.parse(stdout)
}

/** A spec of dark clusters, for runs that take a moment. */
export function manyClusters(stack: string, count: number): string {
  const clusters = Array.from({ length: count }, (_, index) => `  - {name: ${stack}${index}, prometheus: dark}\n`)
  return `stack: ${stack}\nclusters:\n${clusters.join('')}`
}
