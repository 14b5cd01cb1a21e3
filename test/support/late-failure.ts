// A command that is interrupted before what it begins next fails; run as a program by its case.
import { OverlayCommand } from '../../src/cli/overlay-command.js'

class LateFailure extends OverlayCommand {
  async run() {
    this.listenForInterrupts(() => undefined)
    process.kill(process.pid, 'SIGINT')
    await this.untilInterrupted()
    const given = await this.orInterrupted(Promise.reject(new Error('it failed later')))
    // Node ends a program with a rejection that nobody handles at the end of this turn of the loop.
    await new Promise(resolve => setImmediate(resolve))
    this.log(`went on with ${given}`)
  }
}

await LateFailure.run([], import.meta.url)
