import { Flags } from '@oclif/core'
import { UsageError } from '../errors.js'
import { sumDuration } from '../model/duration.js'

// The longest that a timer takes is 24.8 days.
const longestMs = 24 * 3_600_000

/** A length of time as a person writes it (`90s`, `1m30s`, `500ms`, `0`), in milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(ms|[smh]))+$/.test(text)) return undefined
  const sum = sumDuration(text.matchAll(/(\d+)(ms|[smh])/g))
  return sum <= longestMs ? sum : undefined
}

/** A flag that takes a length of time; its value is in milliseconds. */
export const durationFlag = Flags.custom<number>({ parse: async text => readDuration(text) })

/** The same for a limit, which is never nothing. */
export const timeLimitFlag = Flags.custom<number>({
  parse: async text => {
    const ms = readDuration(text)
    if (ms >= 100) return ms
    throw new UsageError(`${text} is too short for anything to be done in it`, 'give it 100ms at least')
  },
})

function readDuration(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new UsageError(
    `${text} is no length of time`,
    'write a number with a unit, such as 500ms, 90s or 5m; a day at most',
  )
}
