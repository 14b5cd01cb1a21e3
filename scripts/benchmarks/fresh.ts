import { freshOverlay, type TestOverlay } from '../../test/support/overlay.js'

/** Runs on an overlay of its own, which is stopped afterwards. */
export async function onFreshOverlay<T>(run: (overlay: TestOverlay) => Promise<T>): Promise<T> {
  const overlay = await freshOverlay()
  try {
    return await run(overlay)
  } finally {
    await overlay.stop()
  }
}
