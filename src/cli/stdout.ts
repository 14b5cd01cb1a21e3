/**
 * Keeps a stdout that takes nothing, such as a full disk, from ending the process in mid-run: it is said once, the run goes
 * on to its end, and the exit code tells. A reader that leaves early (EPIPE) is no failure.
 */
export function guardStdout(): void {
  let isBroken = false
  // oclif's own listener throws, out of whatever runs in that moment.
  process.stdout.removeAllListeners('error')
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isBroken) return
    isBroken = true
    process.stderr.write(
      `Error: stdout takes no more (${error.code ?? error.message}), so what is said there is lost\n`,
    )
  })
  process.on('exit', code => {
    if (isBroken && (code === 0 || code === 10)) process.exitCode = 8
  })
}

/** Writes a document to stdout, for --json. oclif's own way cuts it into words to colour: seconds for a thousand clusters. */
export function writeDocument(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
}
