import { Args } from '@oclif/core'
import { BaseCommand } from '../src/cli/base-command.js'
import { bashCompletion } from '../src/cli/completion/bash.js'
import { fishCompletion } from '../src/cli/completion/fish.js'
import { placesOf } from '../src/cli/completion/table.js'
import { zshCompletion } from '../src/cli/completion/zsh.js'
import type { CompletionJson } from '../src/report/schema/artefacts.js'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

export default class CompletionCommand extends BaseCommand {
  static override summary = 'Print what makes a shell complete the words of zprom'
  static override description =
    'For the start-up file of the shell: commands, flags and their values are completed by the Tab key, from the version that is installed; names of profiles, logins of ziti, clusters and identities from what is here.'
  static override examples = [
    'source <(<%= config.bin %> completion bash)   # in ~/.bashrc',
    'source <(<%= config.bin %> completion zsh)    # in ~/.zshrc, after compinit',
    '<%= config.bin %> completion fish | source    # in ~/.config/fish/config.fish',
  ]
  static override args = {
    shell: Args.option({
      options: ['bash', 'zsh', 'fish'] as const,
    })({ ignoreStdin: true, description: 'The shell: bash, zsh or fish', required: true }),
  }

  async run(): Promise<CompletionJson> {
    const { args } = await this.parse(CompletionCommand)
    const script = shells[args.shell](placesOf(this.config.commands, this.config.topics))
    this.log(script.trimEnd())
    return { shell: args.shell, script }
  }
}
