import type { Charge } from '../charge.ts'
import type { LaneRecord } from '../ports.ts'

/** What a journal held open when the box started from it. */
export interface Held {
  readonly held: ReadonlyMap<string, LaneRecord>
  /** Those of its charges of which something was written down since, as they stand now. */
  readonly changed: readonly Charge[]
}

/**
 * The box has started from its journal, and its registers' broker has not yet shown what the box told last: nobody knows whether the
 * journal is at its head. Where it turns out to be behind, what it held open is doubted in either state, and nothing else: what was
 * armed since is this box's own. All that is kept is what was held open then, so it does not grow. Without a broker it never begins.
 *
 * | state | what the box does with what the journal held open | what ends it |
 * | --- | --- | --- |
 * | `waiting` | asks for who stands in front; undoes nothing, and refunds nothing | the broker's word, or `until`: `overdue` |
 * | `overdue` | as ever: a broker that is away keeps no customer's money | the broker's word, for as long as the box runs |
 */
export type Waking = (Held & { readonly at: 'waiting'; readonly until: number }) | (Held & { readonly at: 'overdue' })

/** A charge was written down: of one that was held open it is known as long as that may have to be doubted. */
export function follow(waking: Waking, charge: Charge): Waking {
  if (!isHeld(waking, charge)) return waking
  const others = waking.changed.filter(other => !isSame(other, charge))
  return { ...waking, changed: [...others, charge] }
}

export function isHeld({ held }: Held, charge: Charge): boolean {
  return held.get(charge.lane)?.open.some(other => isSame(other, charge)) ?? false
}

/** A charge that was held open, as it stands now, where something of it was written down since. */
export function changedSince({ changed }: Held, charge: Charge): Charge | null {
  return changed.find(other => isSame(other, charge)) ?? null
}

function isSame(one: Charge, other: Charge): boolean {
  return one.chargeId === other.chargeId && one.lane === other.lane
}
