import type { Address } from '../model/entity.js'
import type { Step } from '../model/plan.js'
import type { Outcome } from '../model/report.js'

/** How steps are run, and who hears of it. */
export type SchedulerOptions = {
  readonly parallel: number
  /** Asked before each start; a reason skips the step. */
  readonly skipReason: () => string | undefined
  readonly onEnd: (outcome: Outcome) => void
}

/**
 * Runs each step once what it waits for is done, at most `parallel` at once, in the order of the plan as far as that
 * allows. A step whose predecessor failed or was skipped is skipped. Outcomes come back in the order of the plan.
 */
export async function runSteps(
  steps: readonly Step[],
  run: (step: Step) => Promise<Outcome>,
  options: SchedulerOptions,
): Promise<Outcome[]> {
  const outcomes = new Map<Address, Outcome>()
  const followers = indexFollowers(steps)
  const missing = new Map(steps.map(step => [step.change.address, step.waitsFor.length]))
  const ready = steps.filter(step => step.waitsFor.length === 0)
  const end = (step: Step, outcome: Outcome) => {
    outcomes.set(step.change.address, outcome)
    options.onEnd(outcome)
    for (const follower of followers.get(step.change.address) ?? []) {
      const left = (missing.get(follower.change.address) ?? 0) - 1
      missing.set(follower.change.address, left)
      if (left === 0) ready.push(follower)
    }
  }
  await new Promise<void>((resolve, reject) => {
    let running = 0
    let next = 0
    const pump = () => {
      while (running < options.parallel && next < ready.length) {
        const step = ready[next]
        next += 1
        if (step === undefined) break
        const reason = findSkipReason(step, outcomes) ?? options.skipReason()
        if (reason !== undefined) {
          end(step, skipped(step, reason))
          continue
        }
        running += 1
        run(step).then(outcome => {
          running -= 1
          end(step, outcome)
          pump()
        }, reject)
      }
      if (running === 0 && next === ready.length) resolve()
    }
    pump()
  })
  return steps.flatMap(step => outcomes.get(step.change.address) ?? [])
}

function indexFollowers(steps: readonly Step[]): Map<Address, Step[]> {
  const index = new Map<Address, Step[]>()
  for (const step of steps) {
    for (const address of step.waitsFor) {
      const list = index.get(address)
      if (list === undefined) index.set(address, [step])
      else list.push(step)
    }
  }
  return index
}

function findSkipReason(step: Step, outcomes: ReadonlyMap<Address, Outcome>): string | undefined {
  const broken = step.waitsFor.find(address => outcomes.get(address)?.result !== 'done')
  return broken === undefined ? undefined : `needs ${broken}`
}

function skipped({ change }: Step, reason: string): Outcome {
  return { address: change.address, action: change.action, result: 'skipped', durationMs: 0, detail: reason }
}
