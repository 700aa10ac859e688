/** What a box does to the world, and what it takes from it, as the calls of its ports. */
export const EFFECTS = [
  'commit',
  'mark_delivered',
  'read_outbox',
  'read_events',
  'read_look',
  'look_up',
  'warm',
  'submit',
  'query',
  'find',
  'reverse',
  'refund',
  'refund_query',
  'refund_state',
  'answer',
  'tell_state',
  'tell_status',
  'tell_events',
  'tell_scan',
  'show',
  'open_lock',
  'command',
  'scan',
] as const

export type EffectName = (typeof EFFECTS)[number]

/** Those that are over when the call returns: nothing lies between. */
const INSTANT: ReadonlySet<EffectName> = new Set([
  'warm',
  'answer',
  'tell_state',
  'tell_status',
  'tell_events',
  'tell_scan',
  'show',
  'open_lock',
  'command',
  'scan',
])

/**
 * `before`: it is decided, and nothing of it has happened. `during`: the journal has been asked, or the request's bytes have been
 * handed to the kernel. `after`: it has been done or answered, and nobody in the box has heard of it.
 */
export type Moment = 'before' | 'during' | 'after'

export function momentsOf(effect: EffectName): readonly Moment[] {
  return INSTANT.has(effect) ? ['before', 'after'] : ['before', 'during', 'after']
}

/** When a box dies: at the n-th time of an effect, counted from its start or from the first `charge` that it is given. */
export interface Death {
  readonly effect: EffectName
  readonly moment: Moment
  readonly nth: number
  readonly from: 'start' | 'charge'
  /** With `during`: how long after the journal was asked, ms. */
  readonly delayMs: number
}
