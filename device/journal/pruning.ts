import { createHash } from 'node:crypto'
import { JournalError } from './error.ts'
import type { Statements } from './statement.ts'

const TOMBSTONE_BYTES = 16

/** What is kept for ever of a charge whose rows are gone: so that its id charges nothing again. */
function tombstoneOf(lane: string, chargeId: string): Uint8Array {
  return createHash('sha256').update(`${lane}|${chargeId}`).digest().subarray(0, TOMBSTONE_BYTES)
}

/**
 * Takes away what is too old: events from the oldest on, so that their numbers never have a gap, and each charge with its order
 * numbers and refunds once its last event has gone, unless something of it is open. A lane keeps its last event, which its numbers
 * go on from, and the charge that ended last. Runs within the caller's transaction.
 */
export class Pruning {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  /** When the lane's oldest event happened, wall ms, by a clock that was known to be right then; null where none says. */
  oldestAt(lane: string): number | null {
    const at = this.#statements.oldestTrusted.get({ lane })?.['at']
    return typeof at === 'string' ? Date.parse(at) : null
  }

  /** At most `limit` events that happened before `until`; returns how many. Events go by the order in which they happened: a clock that was wrong then makes none old. */
  prune(lane: string, until: number, limit: number): number {
    const seqs = this.#statements.prunable.all({ lane, until: new Date(until).toISOString(), limit })
    const charges = new Set<string>()
    for (const row of seqs) {
      const { era, seq, charge_id: chargeId } = row
      if (typeof era !== 'number' || typeof seq !== 'number' || typeof chargeId !== 'string')
        throw new JournalError('journal_damaged', 'an event in the journal has no charge')
      charges.add(chargeId)
      this.#statements.dropWaiting.run(lane, era, seq)
      this.#statements.dropEvent.run(lane, era, seq)
    }
    for (const chargeId of charges) this.#dropIfDone(lane, chargeId)
    return seqs.length
  }

  isForgotten(lane: string, chargeId: string): boolean {
    return this.#statements.tombstone.get(tombstoneOf(lane, chargeId)) !== undefined
  }

  #dropIfDone(lane: string, chargeId: string): void {
    if (this.#statements.doneWith.get({ lane, chargeId }) === undefined) return
    this.#statements.putTombstone.run(tombstoneOf(lane, chargeId))
    this.#statements.dropRefunds.run(lane, chargeId)
    this.#statements.dropAttempts.run(lane, chargeId)
    this.#statements.dropCharge.run(lane, chargeId)
  }
}
