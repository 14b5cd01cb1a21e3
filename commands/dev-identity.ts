import { Args, Flags } from '@oclif/core'
import { adoptFlags, applyFlags, beginFlags, controllerFlags, specFlags } from '../src/cli/base-command.js'
import { ConvergeCommand, type Converged } from '../src/cli/converge-command.js'
import { wantedSession } from '../src/cli/environment.js'
import { missingMark } from '../src/cli/next-steps.js'
import { askForDeveloper, editSpec } from '../src/cli/spec-edits.js'
import { readSpecFile, withSpecLock } from '../src/cli/workspace.js'
import { observe } from '../src/controller/index.js'
import { fetchView } from '../src/flows/verify.js'
import type { VisibleService } from '../src/model/check.js'
import type { DevIdentityJson } from '../src/report/schema/edits.js'
import { formatServices } from '../src/report/services-text.js'

export default class DevIdentityCommand extends ConvergeCommand {
  static override summary = 'Give a person access to every Prometheus and workload of the spec'
  static override description =
    'Adds the developer to zprom.yaml, makes the identity, keeps its token (JWT) or enrolls it, and lists what it can reach.'
  static override examples = [
    '<%= config.bin %> dev-identity dev.client',
    '<%= config.bin %> dev-identity dev.client --enroll --yes',
  ]
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Name of the identity, such as dev.client' }),
  }
  static override flags = {
    ...specFlags,
    ...beginFlags,
    ...controllerFlags,
    ...applyFlags,
    ...adoptFlags,
    enroll: Flags.boolean({
      description: 'Enroll it here and keep the identity file, instead of a token for a tunneler',
    }),
  }

  async run(): Promise<DevIdentityJson> {
    const { args, flags } = await this.parse(DevIdentityCommand)
    this.listenForInterrupts()
    const name = await askForDeveloper(args.name)
    const place = await readSpecFile(flags.spec)
    return withSpecLock(place, { listener: this.listener, signal: this.signal, flags }, async () => {
      const file = await readSpecFile(flags.spec)
      const developer = { name, ...(flags.enroll && { enroll: true }) }
      const text = await editSpec(file, { developer }, flags)
      let services: readonly VisibleService[] = []
      const json = await this.convergeTo(text, file, flags, async converged => {
        services = await this.showAccess(name, converged, flags.timeout)
      })
      return { ...json, services }
    })
  }

  private async showAccess(
    name: string,
    { inputs, deps }: Converged,
    timeoutMs: number,
  ): Promise<readonly VisibleService[]> {
    const { services } = await fetchView(
      name,
      inputs,
      await observe(deps.controller),
      { timeoutMs, wanted: wantedSession() },
      deps,
    )
    const wish = inputs.topology.enrollments.find(({ identity }) => identity === name)
    if (wish !== undefined) this.log(`\n${name}: ${inputs.shown(wish.path)}${await missingMark(wish, inputs)}`)
    this.log(
      services.length === 0
        ? `${name} can reach nothing yet: add a cluster with "zprom init cluster NAME"`
        : formatServices(services),
    )
    return services
  }
}
