import { AssertionError } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 5
const ASK_EVERY_MS = 100

/** Waits for the thing itself, by looking at it again and again. Fails with `what` when it has not come by then. */
export async function until(what: string, isSo: () => boolean, withinMs = 10_000): Promise<void> {
  for (let waited = 0; !isSo(); waited += LOOK_EVERY_MS) {
    if (waited >= withinMs) throw new AssertionError({ message: `did not happen within ${withinMs} ms: ${what}` })
    await sleep(LOOK_EVERY_MS)
  }
}

/** As `until`, for what has to be asked for. One that is asked longer than that is waited for all the same. */
export async function untilSo(what: string, isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const began = performance.now()
  while (!(await isSo())) {
    if (performance.now() - began >= withinMs)
      throw new AssertionError({ message: `did not happen within ${withinMs} ms: ${what}` })
    await sleep(ASK_EVERY_MS)
  }
}
