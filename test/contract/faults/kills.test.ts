import assert from 'node:assert/strict'
import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { newPerson, type Person } from '../../support/cli.js'
import { startZprom, stopAll } from '../../support/cli-running.js'
import { assertEnded } from '../../support/cli-world.js'
import {
  assertKept,
  assertSound,
  assertUsable,
  type EndState,
  endStateOf,
  keysIn,
  listFiles,
} from '../../support/end-state.js'
import { fullSpec } from '../../support/fault-run.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../../support/overlay.js'
import { requires } from '../../support/requires.js'
import { type Dice, diceOf, rollDice } from '../../support/seeded.js'
import { newWorld, type World } from '../../support/world.js'

const moments = Number(process.env.ZPROM_TEST_KILLS ?? 15)
// One controller each: the Prometheus of a machine has the same names in every stack.
const workers = 2
const rounds = Math.max(1, Math.floor(moments / 25))
const apply = ['apply', '--yes']

describe('a zprom apply that is killed, or is not alone', function () {
  this.timeout(300_000 + moments * 20_000)
  const overlays: TestOverlay[] = []
  let clean: EndState
  // How many lines a run says.
  let lines = 0
  before(async function () {
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    overlays.push(...(await Promise.all(Array.from({ length: workers }, () => freshOverlay({ noRouter: true })))))
    await inPlace(overlayAt(0), async ({ person, place }) => {
      const ran = await person.run(apply)
      assertEnded(ran, 0)
      lines = ran.stderr.split('\n').length
      clean = await endStateOf(place)
    })
  })
  afterEach(() => stopAll())
  after(() => Promise.all(overlays.map(overlay => overlay.stop())))

  const overlayAt = (index: number) => overlays[index] ?? assert.fail('no overlay')

  type Place = World & { readonly outDir: string }
  const inPlace = async (
    overlay: TestOverlay,
    use: (here: { readonly person: Person; readonly place: Place }) => Promise<void>,
  ) => {
    const world = await newWorld(overlay)
    const person = await newPerson(overlay)
    try {
      await person.write('zprom.yaml', stringify({ stack: world.word, ...fullSpec(world.word) }))
      await use({ person, place: { ...world, outDir: join(person.folder, 'zprom-out') } })
    } finally {
      await world.end()
      await person.leave()
    }
  }

  const assertWhole = async (person: Person, place: Place) => {
    assert.deepEqual(await endStateOf(place), clean)
    await assertSound(place)
    for (const { path } of (await listFiles(place.outDir)).filter(file => file.path.endsWith('.json')))
      await assertUsable(place, join(place.outDir, path), path.replace(/^.*\/|\.json$/g, ''))
    assertEnded(await person.run(['plan', '--exit-code']), 0)
    assert.deepEqual((await readdir(person.folder)).toSorted(), ['zprom-out', 'zprom.yaml'])
  }

  // Starts a run and kills it at some moment: before it says anything, or a little after it has said so many lines.
  const killOne = async (person: Person, dice: Dice): Promise<string> => {
    const running = startZprom(person, apply)
    const line = Math.max(0, dice.below(lines + 8) - 8)
    const laterMs = line === 0 ? dice.below(600) : dice.below(12)
    const said = new Promise<void>(resolve => {
      running.child.stderr.on('data', () => running.stderr().split('\n').length > line && resolve())
    })
    if (line > 0) await Promise.race([said, running.ended])
    await pause(laterMs)
    running.child.kill('SIGKILL')
    const { signal } = await running.ended
    return signal === null ? 'it had ended' : line === 0 ? 'before it said anything' : 'in its work'
  }

  const killCase = async (overlay: TestOverlay, dice: Dice): Promise<string[]> => {
    const killed: string[] = []
    await inPlace(overlay, async ({ person, place }) => {
      // Some are killed again when they go on.
      do {
        killed.push(await killOne(person, dice))
        const keys = await keysIn(place.outDir)
        if (dice.below(3) === 0) continue
        const again = await person.run(apply)
        assert.equal(again.code, 0, `killed ${killed.join(', then ')}; the next run:\n${again.stdout}\n${again.stderr}`)
        await assertKept(keys, place.outDir)
        await assertWhole(person, place)
        return
      } while (killed.length < 10)
    })
    return killed
  }

  it(`at ${moments} random moments ends, when it is run again, where a clean run does`, async () => {
    const seeded = rollDice(`${moments} kills`)
    const seeds = Array.from({ length: moments }, () => seeded.below(1_000_000))
    const counts = new Map<string, number>()
    const work = async (overlay: TestOverlay) => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const dice = diceOf(seed)
        for (const when of await killCase(overlay, dice)) counts.set(when, (counts.get(when) ?? 0) + 1)
      }
    }
    await Promise.all(overlays.map(work))
    const told = [...counts].map(([when, count]) => `${count} ${when}`).join(', ')
    // A run that says nothing any more would be killed at no moment that matters.
    if (moments >= 10) assert.ok((counts.get('in its work') ?? 0) > 0, `killed ${told}`)
    process.stderr.write(`      ${moments} cases survived (scripts/test --all-faults for 100); killed ${told}\n`)
  })

  for (let round = 1; round <= rounds; round += 1) {
    it(`twice at once in one folder takes turns, and both end well (${round})`, async () => {
      await inPlace(overlayAt(0), async ({ person, place }) => {
        const both = await Promise.all([person.run(apply), person.run(apply)])
        for (const ran of both) assertEnded(ran, 0)
        await assertWhole(person, place)
      })
    })

    it(`twice at once of which one is killed is finished by the other (${round})`, async () => {
      const dice = rollDice('a kill beside another run')
      await inPlace(overlayAt(0), async ({ person, place }) => {
        const [, other] = await Promise.all([killOne(person, dice), person.run(apply)])
        assertEnded(other, 0)
        await assertWhole(person, place)
      })
    })

    it(`twice at once in two folders makes everything once, and each identity in one of them (${round})`, async () => {
      await inPlace(overlayAt(0), async ({ person, place }) => {
        await mkdir(join(person.folder, 'other'))
        await cp(join(person.folder, 'zprom.yaml'), join(person.folder, 'other/zprom.yaml'))
        const there = { cwd: 'other' }
        const both = await Promise.all([person.run(apply), person.run(apply, there)])
        for (const ran of both)
          assert.ok(ran.code === 0 || ran.code === 6, `${ran.code}:\n${ran.stdout}\n${ran.stderr}`)
        for (const ran of [await person.run(apply), await person.run(apply, there)]) assertEnded(ran, 0)
        const other = { ...place, outDir: join(person.folder, 'other/zprom-out') }
        assert.deepEqual((await endStateOf(place)).inventory, clean.inventory)
        for (const one of [place, other]) await assertSound(one)
        const identities = [...(await endStateOf(place)).files, ...(await endStateOf(other)).files]
        assert.deepEqual(filesOf(identities), filesOf(clean.files))
      })
    })
  }
})

function filesOf(files: readonly string[]): string[] {
  return files.filter(file => /\.json 600/.test(file)).toSorted()
}
