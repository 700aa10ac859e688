import type { Arming, AwaitingScan } from '../lane/state.ts'
import { arm } from './arm.ts'
import type { Draft } from './draft.ts'
import type { Kiosk } from './settings.ts'
import { notReady } from './state.ts'

/**
 * Lanes that no register serves. A kiosk that is ready always has a charge before it, made by itself: armed in one commit, then
 * silent for as long as nobody comes. While the lane is not ready the charge is shut: it is kept, and takes no code.
 */
export function kiosksDue(draft: Draft): void {
  for (const [name, kiosk] of draft.settings.kiosks) {
    const book = draft.book(name)
    const ready = notReady(draft.box, book, draft.settings).length === 0
    const { lane } = book
    if (lane.at === 'idle' && ready) sell(draft, name, kiosk)
    else if (lane.at === 'arming' && ready && lane.ticket <= draft.box.committed)
      draft.applyLane(name, { lane: open(lane, draft) })
    else if (lane.at === 'awaiting_scan' && !ready) draft.applyLane(name, { lane: shut(lane) })
  }
}

/** Nobody waits for an answer, so the charge waits for the disk however long it takes; and then for a customer. */
function sell(draft: Draft, lane: string, { amount, description }: Kiosk): void {
  const chargeId = kioskChargeId(draft.box.stream, draft.book(lane).seq + 1)
  const never = Number.POSITIVE_INFINITY
  arm(draft, { lane, chargeId, sale: { amount, description }, attemptsMax: 1, giveUpAt: never, deadline: never })
}

/** The charge is durable, and a code that begins to arrive from now on is for it. */
export function open({ charge, deadline, ticket }: Arming, { at }: Draft): AwaitingScan {
  return { at: 'awaiting_scan', charge, armedAt: at.mono, deadline, needs: ticket, ticket }
}

function shut({ charge, deadline, ticket }: AwaitingScan): Arming {
  return { at: 'arming', charge, ticket, giveUpAt: Number.POSITIVE_INFINITY, deadline }
}

/**
 * A kiosk's charge is named by the number of the event that begins it: within a stream none is given twice, and a lost one had not
 * been sent.
 */
function kioskChargeId(stream: string, seq: number): string {
  return `kiosk-${stream}-${seq}`
}

/** Whether a charge was made by a kiosk, whatever its lane is now. */
export function isKioskChargeId(chargeId: string): boolean {
  return /^kiosk-[a-z0-9]{16}-[0-9]+$/.test(chargeId)
}
