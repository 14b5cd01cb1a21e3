import { type Config, Help } from '@oclif/core'
import { loadCommands } from '../support/commands.js'
import { assertGolden } from './golden.js'

// Help as it is printed, kept instead of printed.
class KeptHelp extends Help {
  readonly lines: string[] = []
  protected override log(...args: string[]): void {
    this.lines.push(args.join(' '))
  }
}

describe('the help', () => {
  it('lists all commands, and of each its arguments, flags and examples', async () => {
    const config = await loadCommands()
    const places = new Set([...config.commandIDs, ...config.topics.map(({ name }) => name)])
    const texts = [await helpOf(config, [])]
    for (const place of [...places].sort()) texts.push(await helpOf(config, place.split(':')))
    assertGolden('31-help.txt', texts.join('\n\n'))
  })
})

async function helpOf(config: Config, argv: string[]): Promise<string> {
  const help = new KeptHelp(config, { maxWidth: 100, stripAnsi: true })
  const typed = ['zprom', ...argv, '--help'].join(' ')
  await help.showHelp(argv) // joins what it is given into an id, in place
  const text = help.lines.join('\n').trimEnd()
  // Version, platform and node are those of the day.
  return `$ ${typed}\n${text.replace(/zprom\/\S+ \S+ node-\S+/, 'zprom/VERSION')}`
}
