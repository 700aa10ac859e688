import type { DatabaseSync } from 'node:sqlite'
import type { Charge } from '../../core/charge.ts'
import { restoredEvent, type Teller } from '../../core/contract/restored.ts'
import { isOfContent, JournalError } from './error.ts'
import type { Notice } from './notice.ts'
import { decodeCharge, decodeEvent, encodeEvent, unlessDamaged } from './row.ts'
import type { Statements } from './statement.ts'

interface Place {
  readonly stream: string
  readonly lane: string
  readonly era: number
  readonly seq: number
  readonly rowid: number
}

/**
 * Writes events anew whose content is damaged, each from its charge: all that there are, for one is seldom alone. A lane's numbers must have
 * no gap, and what comes after a damaged one would be told to nobody for ever.
 */
export class Restoring {
  readonly #db: DatabaseSync
  readonly #statements: Statements
  readonly #teller: Teller
  #isHopeless = false

  constructor(db: DatabaseSync, statements: Statements, teller: Teller) {
    this.#db = db
    this.#statements = statements
    this.#teller = teller
  }

  /** Whether that may have come of a damaged event. What could not be written anew once is not looked for again: it takes long. */
  helps(error: unknown): boolean {
    return !this.#isHopeless && error instanceof JournalError && isOfContent(error)
  }

  /**
   * Returns those that there were. The index of events still knows the charge of a content that nobody can read; for the same reason it is made
   * anew, for SQLite neither changes nor deletes a row that it does not find in there. Runs within the caller's transaction. Throws
   * `JournalError` `journal_damaged` where a charge cannot be read either.
   */
  restore(): readonly Notice[] {
    this.#isHopeless = true
    const damaged = [...damagedEvents(this.#statements)].map(place => ({ place, charge: chargeOf(place, this.#statements) }))
    if (damaged.length === 0) return []
    this.#isHopeless = false
    const index = this.#statements.eventIndex.get()?.['sql']
    if (typeof index !== 'string') throw new JournalError('journal_damaged', 'the journal does not tell an index of its events')
    this.#db.exec('DROP INDEX events_by_charge')
    for (const { place, charge } of damaged) this.#put(place, charge)
    this.#db.exec(index)
    return damaged.map(({ place: { lane, seq }, charge: { chargeId } }) => ({ of: 'event_restored', lane, seq, chargeId }))
  }

  #put(place: Place, charge: Charge): void {
    const { lane, era, seq } = place
    const content = encodeEvent(lane, restoredEvent(place, charge, this.#teller))
    this.#statements.putContent.run(content, lane, era, seq)
  }
}

function* damagedEvents(statements: Statements): Generator<Place> {
  for (const row of statements.everyEvent.iterate()) {
    if (unlessDamaged(() => decodeEvent(row)) !== null) continue
    const { stream, lane, era, seq, rowid } = row
    const isPlace = typeof stream === 'string' && typeof lane === 'string'
    if (!isPlace || typeof era !== 'number' || typeof seq !== 'number' || typeof rowid !== 'number')
      throw new JournalError('journal_damaged', 'an event in the journal has no place')
    yield { stream, lane, era, seq, rowid }
  }
}

function chargeOf({ lane, rowid, seq }: Place, statements: Statements): Charge {
  const id = statements.chargeOfEvent.get(lane, rowid)?.['charge_id']
  const row = typeof id === 'string' ? statements.byChargeId.get({ lane, id }) : undefined
  if (row === undefined)
    throw new JournalError(
      'journal_damaged',
      `event ${seq} of lane ${lane} in the journal is damaged, and its charge is not there`,
    )
  return decodeCharge(row)
}
