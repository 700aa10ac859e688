import type { Charge } from '../charge.ts'
import { rfc3339 } from '../time.ts'
import type { Language } from './advice.ts'
import { viewCharge } from './charge-view.ts'
import type { LaneEvent } from './message.ts'

/** Who tells: both are in every charge that is told. */
export interface Teller {
  readonly box: string
  readonly language: Language
}

/** Which event it is. */
export interface EventPlace {
  readonly stream: string
  readonly lane: string
  readonly seq: number
}

/** Unique, and the same for the same event. */
export function eventId({ stream, lane, seq }: EventPlace): string {
  return `${stream}-${lane}-${seq}`
}

/**
 * What stands for an event whose content is lost. Registers follow the numbers, so none may be missing; and what they must not miss is how
 * the charge stands, which the journal knows beside its events. When it changed so, nobody can tell any more.
 */
export function restoredEvent(place: EventPlace, charge: Charge, { box, language }: Teller): LaneEvent {
  const { stream, seq } = place
  return {
    stream,
    seq,
    event_id: eventId(place),
    type: 'charge',
    at: rfc3339(charge.updatedAt),
    clock_trusted: false,
    restored: true,
    charge: viewCharge(charge, box, language),
  }
}
