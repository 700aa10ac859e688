import type { DatabaseSync } from 'node:sqlite'
import type { Charge } from '../../core/charge.ts'
import { restoredEvent, type Teller } from '../../core/contract/restored.ts'
import { DamagedEventError, isOfContent, JournalError } from './error.ts'
import type { Notice } from './notice.ts'
import { type Columns, decodeCharge, decodeEvent, encodeEvent, keptEvent, textIn, unlessDamaged } from './row.ts'
import type { Statements } from './statement.ts'

interface Damaged {
  readonly stream: string
  readonly lane: string
  readonly era: number
  readonly seq: number
  readonly content: string
  /** As the index of events has it. */
  readonly chargeId: string | null
  /** Null where it cannot be read either. */
  readonly charge: Charge | null
  readonly isKept: boolean
}

/**
 * Writes events anew whose content is damaged, each from its charge: all that there are, for one is seldom alone. A lane's numbers must have
 * no gap, and what comes after a damaged one would be told to nobody for ever. That is so only where the charge cannot be read either: what is
 * left of such an event is kept, its lane tells nothing behind it, and every other event has its way.
 */
export class Restoring {
  readonly #db: DatabaseSync
  readonly #statements: Statements
  readonly #teller: Teller
  /** Looking for damaged events changed nothing; it takes long. */
  #isInVain = false
  /** What is kept is tried again once, with the next start: its charge may have been written meanwhile. */
  #isKeptTried = false

  constructor(db: DatabaseSync, statements: Statements, teller: Teller) {
    this.#db = db
    this.#statements = statements
    this.#teller = teller
  }

  /** Whether that may have come of a damaged event that can be written anew. */
  helps(error: unknown): boolean {
    if (error instanceof DamagedEventError) return !error.isKept || !this.#isKeptTried
    return !this.#isInVain && error instanceof JournalError && isOfContent(error)
  }

  /**
   * Returns what there is to say of those that there were. The index of events still knows the charge of a content that nobody can read; for the
   * same reason it is made anew, for SQLite neither changes nor deletes a row that it does not find in there. Runs within the caller's
   * transaction.
   */
  restore(): readonly Notice[] {
    const damaged = [...damagedEvents(this.#statements)]
    const changed = damaged.filter(({ charge, isKept }) => charge !== null || !isKept)
    this.#isInVain = changed.length === 0
    this.#isKeptTried = true
    if (changed.length > 0) this.#rewrite(changed)
    return damaged.map(noticeOf)
  }

  #rewrite(damaged: readonly Damaged[]): void {
    const index = this.#statements.eventIndex.get()?.['sql']
    if (typeof index !== 'string') throw new JournalError('journal_damaged', 'the journal does not tell an index of its events')
    this.#db.exec('DROP INDEX events_by_charge')
    for (const each of damaged) this.#statements.putContent.run(this.#contentOf(each), each.lane, each.era, each.seq)
    this.#db.exec(index)
  }

  #contentOf({ charge, content, chargeId, ...place }: Damaged): string {
    return charge === null ? keptEvent(content, chargeId) : encodeEvent(place.lane, restoredEvent(place, charge, this.#teller))
  }
}

function* damagedEvents(statements: Statements): Generator<Damaged> {
  for (const row of statements.everyEvent.iterate()) {
    const damage = damageOf(row)
    if (damage === null) continue
    const { stream, lane, era, seq, rowid } = row
    const isPlace = typeof stream === 'string' && typeof lane === 'string'
    if (!isPlace || typeof era !== 'number' || typeof seq !== 'number' || typeof rowid !== 'number')
      throw new JournalError('journal_damaged', 'an event in the journal has no place')
    const chargeId = chargeIdOf(lane, rowid, statements)
    const charge = chargeId === null ? null : chargeOf(lane, chargeId, statements)
    yield { stream, lane, era, seq, content: textIn(row, 'content'), chargeId, charge, isKept: damage.isKept }
  }
}

/** Null where there is none. */
function damageOf(row: Columns): DamagedEventError | null {
  try {
    decodeEvent(row)
    return null
  } catch (error) {
    if (error instanceof DamagedEventError) return error
    throw error
  }
}

function chargeIdOf(lane: string, rowid: number, statements: Statements): string | null {
  const id = statements.chargeOfEvent.get(lane, rowid)?.['charge_id']
  return typeof id === 'string' ? id : null
}

function chargeOf(lane: string, id: string, statements: Statements): Charge | null {
  const row = statements.byChargeId.get({ lane, id })
  return row === undefined ? null : unlessDamaged(() => decodeCharge(row))
}

function noticeOf({ lane, seq, chargeId, charge }: Damaged): Notice {
  return charge === null
    ? { of: 'event_left_out', lane, seq, chargeId }
    : { of: 'event_restored', lane, seq, chargeId: charge.chargeId }
}
