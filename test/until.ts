import { AssertionError } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 5

/** Waits for the thing itself, by looking at it again and again. Fails with `what` when it has not come by then. */
export async function until(what: string, isSo: () => boolean, withinMs = 10_000): Promise<void> {
  for (let waited = 0; !isSo(); waited += LOOK_EVERY_MS) {
    if (waited >= withinMs) throw new AssertionError({ message: `did not happen within ${withinMs} ms: ${what}` })
    await sleep(LOOK_EVERY_MS)
  }
}
