import { counted } from './counted.js'
import type { Listener } from './events.js'
import { nameOnce } from './report-text.js'

/** Progress in plain lines, for `write` to put on stderr. */
export function createHumanListener(write: (line: string) => void): Listener {
  return event => {
    switch (event.type) {
      case 'observed':
        return write(`read ${counted(event.entities, 'entity', 'entities')} in ${counted(event.requests, 'request')}`)
      case 'step-started':
        return
      case 'step-ended': {
        const { address, action, result, detail } = event.outcome
        if (result === 'skipped') return // not progress; the report has them
        return write(`${result} ${action} ${nameOnce(address, result === 'done' ? undefined : detail)}`)
      }
      case 'interrupted':
        return write('interrupted: finishing what runs, starting nothing new (once more to stop at once)')
      case 'waiting':
        return write(event.text)
      case 'warning':
        return write(`warning: ${event.text}`)
    }
  }
}
