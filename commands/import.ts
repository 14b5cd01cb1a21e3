import { Flags } from '@oclif/core'
import { applyFlags, controllerFlags, specFlags } from '../src/cli/base-command.js'
import { ConvergeCommand } from '../src/cli/converge-command.js'
import { beginSpec } from '../src/cli/spec-edits.js'
import { type Run, readSpecFile, type SpecFile, withDeps, withSpecLock, writeSpec } from '../src/cli/workspace.js'
import { UsageError } from '../src/errors.js'
import { importSpec, refuseNothing } from '../src/flows/import.js'
import type { Imported } from '../src/model/import.js'
import { formatImported } from '../src/report/import-text.js'
import { importToJson } from '../src/report/json.js'
import type { ImportJson } from '../src/report/schema/edits.js'

export default class ImportCommand extends ConvergeCommand {
  static override summary = 'Write a zprom.yaml for a network that was built by hand'
  static override description =
    'Reads the article\'s names backwards: clusters, workloads, the local Prometheus, developers. What does not follow them is listed and left alone. With --adopt zprom takes the network over as well: it shows the plan, asks, writes the spec and applies it, and a plan is empty then. Without, nothing on the network is changed, and "zprom apply --adopt all" takes it over later.'
  static override examples = [
    '<%= config.bin %> import',
    '<%= config.bin %> import --dry-run',
    '<%= config.bin %> import --adopt --yes',
  ]
  static override flags = {
    ...specFlags,
    ...controllerFlags,
    adopt: Flags.boolean({ description: 'Take over what the spec asks for, too', exclusive: ['dry-run'] }),
    yes: { ...applyFlags.yes, dependsOn: ['adopt'] },
    stack: Flags.string({ description: 'Name of the stack (default: the name of the folder)' }),
    force: Flags.boolean({ description: 'Replace a spec that is there' }),
    'dry-run': Flags.boolean({ description: 'Print the spec instead of writing it' }),
  }

  async run(): Promise<ImportJson> {
    const { flags } = await this.parse(ImportCommand)
    const run = { listener: this.listener, signal: this.signal, flags }
    const place = await readSpecFile(flags.spec)
    if (flags['dry-run']) {
      const found = await this.find(place, run, flags.stack)
      this.log(found.text)
      this.logToStderr(formatImported(found, undefined))
      return importToJson(found, null, false)
    }
    return withSpecLock(place, run, async () => {
      const file = await readSpecFile(flags.spec)
      if (!flags.adopt) refuseOther(file, flags.force)
      const found = await this.find(file, run, flags.stack)
      if (flags.adopt) {
        // Of a run that broke off: the same command goes on from there.
        if (file.text !== found.text) refuseOther(file, flags.force)
        this.listenForInterrupts()
        this.log(`${formatImported(found, undefined)}\n`)
        const choices = {
          adopt: ['all'],
          're-enroll': [],
          'own-router-policies': false,
          'key-type': 'ec-p256',
        } as const
        const adopted = await this.convergeTo(found.text, file, { ...flags, ...choices })
        const written = adopted.report !== null
        if (written) this.log(`${file.shown} written`)
        return importToJson(found, adopted, written)
      }
      await writeSpec(file, found.text)
      this.log(formatImported(found, file.shown))
      return importToJson(found, null, true)
    })
  }

  private async find(file: SpecFile, run: Run, stack: string | undefined): Promise<Imported> {
    const begin = await beginSpec(file, run.flags, stack)
    const found = await withDeps(run, undefined, deps => importSpec(begin, file.shown, deps))
    refuseNothing(found)
    return found
  }
}

function refuseOther({ text, shown }: SpecFile, force: boolean): void {
  if (text === undefined || force) return
  throw new UsageError(`${shown} is there already`, 'replace it with --force, or write another with --spec')
}
