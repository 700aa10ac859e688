import type { Charge } from '../charge.ts'
import { IDLE } from '../lane/state.ts'
import { change } from '../lane/step.ts'
import { onDoubted } from '../refund/step.ts'
import type { Draft } from './draft.ts'
import { applyCalling } from './refund.ts'

/**
 * The journal is not this box's, or not all of it: its card came out of another board, or it is behind what the box has told. What it
 * holds open may have ended long since, paid and served: so it is asked about and not undone, until WeChat Pay or a person says how it
 * ended. Registers count anew, for numbers that were told would be given out again.
 */
export function beginDoubtedStream(draft: Draft): void {
  beginStream(draft)
  draft.change({ warnings: [...draft.box.warnings, 'journal_doubted'] })
}

/** Registers count anew. */
export function beginStream(draft: Draft): void {
  const { fresh, lanes } = draft.box
  draft.write({ put: 'stream', stream: fresh })
  draft.emit({ wait: 'now', do: 'untell_states' })
  draft.change({ stream: fresh })
  for (const name of lanes.keys()) draft.changeBook(name, { seq: 0, durableSeq: 0, unwrittenSeqs: new Map(), heldSeq: 0 })
}

/** What became of an open charge is not known to this journal. One that was told to be undone stays `reversing`; what a person was asked already is told anew. */
export function doubtCharge(draft: Draft, charge: Charge, state: 'reversing' | 'confirming'): Charge {
  const reason = charge.reason === 'paid_before' ? 'paid_before' : 'journal_doubted'
  const doubted = change(charge, draft.at, { state, reason })
  draft.release(doubted)
  return doubted
}

/**
 * That it has ended was told in the stream before, which no broker has of it: so nobody heard. `last` is the charge that had ended before it.
 * What came and has gone back is no payment of it; what has not is asked about.
 */
export function takeBackEnd(draft: Draft, { finalAt, ...known }: Charge, last: Charge | null): Charge {
  if (finalAt !== undefined) draft.forgetEnd(known, last)
  if (known.state === 'paid' || known.reason === 'paid_before') return known
  const { paid: _gone, ...open } = known
  return open
}

/** Nobody waits for it in front: whoever did may have left days ago. */
export function clearLane(draft: Draft, name: string): void {
  draft.changeBook(name, { lane: IDLE })
}

/** Whatever call is under way, it is only asked about from now on. */
export function doubtRefund(draft: Draft, lane: string, refundId: string): void {
  const asked = { next: 'query', call: null, dueAt: draft.at.mono } as const
  applyCalling(draft, lane, refundId, given => onDoubted(given.next === 'query' ? given : { ...given, ...asked }, draft))
}
