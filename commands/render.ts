import { join } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { formatArtefacts, renderNamed, uninstallLine } from '../src/cli/artefacts.js'
import { BaseCommand, specFlags } from '../src/cli/base-command.js'
import { nodeFiles } from '../src/cli/files.js'
import { readForm } from '../src/cli/scrape-form.js'
import { interpret, readSpecFile, requireText, withReadSpecLock } from '../src/cli/workspace.js'
import { UsageError } from '../src/errors.js'
import { type ArtefactState, compareArtefacts, writeArtefacts } from '../src/flows/artefacts.js'
import type { Deployments } from '../src/model/deployment.js'
import { counted } from '../src/report/counted.js'
import type { RenderJson } from '../src/report/schema/artefacts.js'

export default class RenderCommand extends BaseCommand {
  static override summary = 'Write helm values, scripts, docker lines and scrape configurations'
  static override description =
    'Renders what the spec says, for all clusters or those named ("local" for the local Prometheus). Needs no controller. A file that was changed by hand is kept.'
  static override examples = [
    '<%= config.bin %> render',
    '<%= config.bin %> render kubeA local --out /tmp/look',
    '<%= config.bin %> render --check',
    '<%= config.bin %> render local --for prometheus --stdout',
  ]
  static override strict = false
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Names of clusters, or local; all unless given' }),
  }
  static override flags = {
    ...specFlags,
    out: Flags.string({ description: 'Another folder than the output folder of the spec' }),
    for: Flags.option({
      options: ['prometheuz', 'prometheus'] as const,
      description:
        'Whom scrape jobs are for: the fork that dials by itself, or a stock one; scrapeForm of the spec unless given',
    })(),
    bridge: Flags.string({ description: 'Where the bridge of a stock one is; http://127.0.0.1:17777 unless given' }),
    stdout: Flags.boolean({ description: 'Print instead of writing', exclusive: ['out', 'check', 'force'] }),
    check: Flags.boolean({
      description: 'Write nothing; exit code 10 when files on disk differ',
      exclusive: ['force'],
    }),
    force: Flags.boolean({ description: 'Replace files that were changed by hand, too' }),
  }

  async run(): Promise<RenderJson> {
    const { argv, flags } = await this.parse(RenderCommand)
    if (flags.out === '') throw new UsageError('--out is empty', 'name a folder, or leave --out out')
    const file = await readSpecFile(flags.spec)
    const interpreted = await interpret(requireText(file, this.listener), file, [])
    const artefacts = await renderNamed(argv.map(String), interpreted, readForm(flags.for, flags.bridge))
    if (flags.stdout) {
      for (const { path, text } of artefacts) this.log(`# ---- ${path}\n${text}`)
      return { artefacts }
    }
    const options = { outDir: flags.out ?? interpreted.inputs.outDir, force: flags.force }
    if (flags.check)
      return this.check(
        await compareArtefacts(artefacts, { ...options, force: true }, { files: nodeFiles }),
        interpreted.deployments,
      )
    const run = { listener: this.listener, signal: this.signal, flags: { parallel: 1 } }
    const states = await withReadSpecLock(file, run, () => writeArtefacts(artefacts, options, { files: nodeFiles }))
    const folder = flags.out ?? interpreted.spec.output
    for (const line of formatArtefacts(states, path => join(folder, path), interpreted.deployments)) this.log(line)
    this.log(`${counted(states.filter(({ state }) => state === 'unchanged').length, 'artefact')} unchanged`)
    return { artefacts: states }
  }

  private check(states: readonly ArtefactState[], deployments: Deployments): RenderJson {
    const differing = states.filter(({ state }) => state !== 'unchanged')
    for (const { path, state } of differing) {
      this.log(state === 'removed' ? `left behind, the spec asks for it no longer: ${path}` : `differs: ${path}`)
      for (const line of uninstallLine(path, deployments)) this.log(line)
    }
    const verb = differing.length === 1 ? 'differs' : 'differ'
    this.log(`${counted(differing.length, 'artefact')} of ${states.length} ${verb} from the spec`)
    if (differing.length > 0) process.exitCode = 10
    return { artefacts: states.map(({ path, state }) => ({ path, state: state === 'unchanged' ? state : 'differs' })) }
  }
}
