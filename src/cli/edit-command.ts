import type { ConvergeJson } from '../report/schema/run.js'
import { ConvergeCommand, type Converged, type ConvergeFlags } from './converge-command.js'
import { readSpecFile, type SpecFile, withSpecLock } from './workspace.js'

/** Flags of the commands that edit the spec and may stop before anything is written. */
export type EditFlags = ConvergeFlags & { readonly spec: string; readonly 'dry-run': boolean }

type Steps<E> = {
  readonly flags: EditFlags
  readonly edit: (file: SpecFile) => E | Promise<E>
  /** What there is to say of a preview. */
  readonly previewed?: (edit: E, file: SpecFile) => void | Promise<void>
  /** What comes after a run that ended well, while the controller is still at hand. */
  readonly landed: (edit: E, file: SpecFile, converged: Converged) => void | Promise<void>
}

/** Base of the commands that are an edit of the spec and what follows from it, or a preview with --dry-run. */
export abstract class EditCommand extends ConvergeCommand {
  protected async convergeEdit<E extends { readonly text: string }>(
    steps: Steps<E>,
  ): Promise<{ edit: E; json: ConvergeJson }> {
    const { flags, edit, landed } = steps
    this.listenForInterrupts()
    const place = await readSpecFile(flags.spec)
    if (flags['dry-run']) {
      const wanted = await edit(place)
      const json = await this.preview(wanted.text, place, flags)
      await steps.previewed?.(wanted, place)
      return { edit: wanted, json }
    }
    return withSpecLock(place, { listener: this.listener, signal: this.signal, flags }, async () => {
      const file = await readSpecFile(flags.spec)
      const wanted = await edit(file)
      const json = await this.convergeTo(wanted.text, file, flags, async converged => landed(wanted, file, converged))
      return { edit: wanted, json }
    })
  }
}
