import { SpecError, UsageError } from '../errors.js'
import { changeText, removeText } from './change.js'
import { parseSpec } from './parse.js'
import type { Path, Source } from './source.js'
import type { Change } from './splice.js'

/** A spec after an edit; when it said everything already, `changed` is false and the text is the one given. */
export type Edited = { readonly text: string; readonly changed: boolean }

/** One thing said anew; `title` names it in the UsageError that is thrown when the spec would be none any more. */
export function edit(source: Source, change: Change, title: string): Edited {
  return checked(changeText(source, change), source.file, `${title} cannot be added to ${source.file}`)
}

/** Items of one list taken out. Throws as `edit` does. */
export function removeItems(source: Source, list: Path, indexes: readonly number[], title: string): Edited {
  // From the last to the first, so that no index moves.
  const paths = indexes.toSorted((one, other) => other - one).map(index => [...list, index])
  const text = paths.reduce((text, path) => removeText({ text, file: source.file }, path), source.text)
  return checked(text, source.file, `${title} cannot be removed from ${source.file}`)
}

/** What a person is told who asks for something that is there with other settings. */
export function alreadyThere(name: string, place: string, how: string): UsageError {
  return new UsageError(`${name} is already in ${place} ${how}; edit the file to change it`)
}

// The spec was valid before, so whatever is wrong with it now comes from what was asked for.
function checked(text: string, file: string, failure: string): Edited {
  try {
    parseSpec(text, file)
  } catch (error) {
    if (!(error instanceof SpecError)) throw error
    const [first] = error.problems
    const reasons = error.problems.map(({ message }) => message.replace(/\.$/, ''))
    throw new UsageError(`${failure}: ${reasons.join('; ')}`, first?.suggestion)
  }
  return { text, changed: true }
}
