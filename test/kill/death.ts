import { AssertionError } from 'node:assert'
import { deriveOrderKey, deriveOutTradeNo } from '../../core/order.ts'
import { TillError } from '../../device/till/till.ts'
import { API_KEY, type BoxProcess, type Rig } from '../whole/rig.ts'
import type { Death } from './effect.ts'

const MORTAL_BOX = new URL('./mortal-box.ts', import.meta.url).pathname

/** As short as the order of the defaults allows: what is looked at is what survives, not how long it takes. */
export const TIMING = {
  poll_every_s: 0.1,
  poll_for_s: 1,
  reverse_after_s: 0.3,
  not_found_after_s: 0.6,
  answer_within_s: 0.8,
  look_again_after_s: [0.5, 2, 5, 10, 600],
}
/** What a machine that is busy with other things may take for anything. */
export const WITHIN_MS = 120_000
export const READY = '"msg":"ready"'
const TRIES_MAX = 4

const ORDER_KEY = deriveOrderKey(API_KEY)

/** How a case went. `wrong` is empty where everything was right; `end` is the state in which the charge ended. */
export interface Played {
  readonly died: boolean
  readonly end: string
  readonly wrong: readonly string[]
  readonly log: string
}

interface Lives {
  /** What happens until the box dies; it may resolve before, where the effect was not met. */
  live(mortal: BoxProcess): Promise<void>
  /** The box is dead. */
  over(): void
  /** What is wrong once the ordinary daemon has settled what was left. */
  recover(daemon: BoxProcess, mortal: BoxProcess): Promise<readonly string[]>
}

/** A box lives until its death, and the ordinary daemon is started where it stood. */
export async function dieOnce(rig: Rig, death: Death, { live, over, recover }: Lives): Promise<Omit<Played, 'end'>> {
  const mortal = rig.startBox([MORTAL_BOX, JSON.stringify(death)])
  const wrong: string[] = []
  await noting(wrong, 'before the death', async () => {
    await Promise.race([mortal.exited, live(mortal)])
    if (!mortal.wasKilled && mortal.exitCode !== null) wrong.push(`the box ended by itself, with ${mortal.exitCode}`)
  })
  over()
  const died = mortal.wasKilled
  await mortal.kill()
  const daemon = rig.startBox()
  await noting(wrong, 'after the death', async () => {
    await daemon.says(READY, WITHIN_MS)
    wrong.push(...(await recover(daemon, mortal)))
    const code = await daemon.stop()
    if (code !== 0) wrong.push(`the daemon ended with ${code}`)
  })
  return { died, wrong, log: `${mortal.output}\n--- again ---\n${daemon.output}` }
}

/** Every order number that a charge can have had. */
export function numbersOf(lane: string, chargeId: string): string[] {
  return Array.from({ length: TRIES_MAX }, (_, index) => deriveOutTradeNo(ORDER_KEY, 'counter-1', lane, chargeId, index + 1))
}

async function noting(wrong: string[], when: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof AssertionError || error instanceof TillError)) throw error
    wrong.push(`${when}: ${error.message}`)
  }
}
