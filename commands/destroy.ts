import { Args } from '@oclif/core'
import { applyFlags, controllerFlags, eventFlags, pruneFlags, specFlags } from '../src/cli/base-command.js'
import { readPlace } from '../src/cli/choices.js'
import { ConvergeCommand, type ConvergeFlags } from '../src/cli/converge-command.js'
import { readSpecFile, requireText, withReadSpecLock } from '../src/cli/workspace.js'
import type { ConvergeInputs } from '../src/flows/converge.js'
import type { ConvergeJson } from '../src/report/schema/run.js'

export default class DestroyCommand extends ConvergeCommand {
  static override summary = 'Delete what zprom made for this spec from the controller'
  static override description =
    'All of it, or the addresses and items named; nothing without the tag of this stack. Shows the list and asks. zprom.yaml and the output folder stay, so "zprom apply" makes it all again.'
  static override examples = [
    '<%= config.bin %> destroy',
    '<%= config.bin %> destroy service-policy/kubeA.reflect.svc.dial',
    '<%= config.bin %> destroy --yes --accept delete-identities',
  ]
  static override strict = false
  static override args = {
    address: Args.string({
      ignoreStdin: true,
      description: 'Addresses such as service/kubeA.reflect.svc, or items such as cluster/kubeA',
    }),
  }
  static override flags = { ...specFlags, ...controllerFlags, yes: applyFlags.yes, ...pruneFlags, ...eventFlags }

  private only: ReadonlySet<string> | undefined

  async run(): Promise<ConvergeJson> {
    const { argv, flags } = await this.parse(DestroyCommand)
    this.listenForInterrupts()
    if (argv.length > 0) this.only = new Set(argv.map(word => readPlace(String(word))))
    const place = await readSpecFile(flags.spec)
    requireText(place)
    const all = { ...flags, 'key-type': 'ec-p256' as const, 're-enroll': [], 'own-router-policies': false }
    return withReadSpecLock(place, { listener: this.listener, signal: this.signal, flags }, async () => {
      const file = await readSpecFile(flags.spec)
      return this.convergeTo(requireText(file), file, all)
    })
  }

  // Nothing is wanted, so everything of ours is left over.
  protected override shape({ topology, ...inputs }: ConvergeInputs, { accept = [] }: ConvergeFlags): ConvergeInputs {
    const enrolledToo = accept.includes('delete-identities')
    return {
      ...inputs,
      topology: { ...topology, entities: [], enrollments: [] },
      prune: { enrolledToo, ...(this.only !== undefined && { only: this.only }) },
    }
  }

  protected override describeLost(): string[] {
    return []
  }

  protected override async updateArtefacts() {
    return []
  }
}
