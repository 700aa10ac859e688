import { type BillDay, dayOf } from '../core/bill/day.ts'
import { timeBy } from '../core/box/clock.ts'
import type { Box } from '../core/box/state.ts'
import type { Clock, Upkeep } from '../core/ports.ts'
import { billDue, pruneUntil, type UpkeepNotes } from '../core/upkeep.ts'
import type { Log } from './log/index.ts'
import type { Reconciled } from './reconcile.ts'

export interface UpkeepSettings {
  readonly keepDays: number
  /** When the bill of the day before is compared, ms after midnight in Beijing; null: never by itself. */
  readonly billFromMs: number | null
}

export interface UpkeepParts {
  readonly clock: Clock
  readonly upkeep: Upkeep
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  box(): Box
  reconcile(day: BillDay): Promise<Reconciled>
  /** A bill was compared. */
  onBill(differs: boolean): void
}

/** How often it is looked whether something is due. */
const LOOK_MS = 60_000
/** A bill of which no byte could be asked for is asked for again after this. */
const AGAIN_MS = 600_000
/** Events that are removed in one commit: a customer's waits behind it. */
const PORTION = 200

/** What the box does once a day beside payments, only while its clock is known to be right. What is due, the core says. */
export class Upkeeper {
  readonly #settings: UpkeepSettings
  readonly #parts: UpkeepParts
  #takeBack = () => {}
  #isEnded = false
  #billNotBefore = Number.NEGATIVE_INFINITY

  constructor(settings: UpkeepSettings, parts: UpkeepParts) {
    this.#settings = settings
    this.#parts = parts
    this.#lookLater()
  }

  end(): void {
    this.#isEnded = true
    this.#takeBack()
  }

  #lookLater(): void {
    if (this.#isEnded) return
    this.#takeBack = this.#parts.clock.after(LOOK_MS, () => {
      this.#look()
        .catch((error: unknown) => {
          if (!this.#isEnded) this.#parts.log.warn("the day's upkeep cannot be done; it is tried again", { error })
        })
        .finally(() => this.#lookLater())
    })
  }

  async #look(): Promise<void> {
    const { clock } = this.#parts.box()
    if (clock.state !== 'right') return
    const wall = timeBy(clock, this.#parts.clock.now())
    await this.#prune(wall)
    await this.#compareBill(wall)
  }

  /** A day's worth a day: it is noted first, so that no restart makes it two. */
  async #prune(wall: number): Promise<void> {
    const { upkeep } = this.#parts
    const notes = await upkeep.notes()
    const today = dayOf(wall)
    if (notes.prunedOn !== null && notes.prunedOn >= today) return
    await upkeep.putNotes({ ...notes, prunedOn: today })
    for (const lane of this.#parts.box().lanes.keys()) await this.#pruneLane(lane, wall)
  }

  async #pruneLane(lane: string, wall: number): Promise<void> {
    const { upkeep, log } = this.#parts
    const oldestAt = await upkeep.oldestAt(lane)
    const until = oldestAt === null ? null : pruneUntil(oldestAt, this.#settings.keepDays, wall)
    if (until === null) return
    let events = 0
    for (let portion = PORTION; portion === PORTION && !this.#isEnded; events += portion) {
      portion = await upkeep.prune(lane, until, PORTION)
    }
    if (events > 0) log.info('the oldest day was removed from the journal', { lane, events })
  }

  async #compareBill(wall: number): Promise<void> {
    const { billFromMs } = this.#settings
    const { upkeep, clock, reconcile } = this.#parts
    if (billFromMs === null || clock.now().mono < this.#billNotBefore) return
    const before = await upkeep.notes()
    const day = billDue(billFromMs, before.billOn, wall)
    if (day === null) return
    const notes = { ...before, billOn: dayOf(wall) }
    await upkeep.putNotes(notes)
    const compared = await reconcile(day)
    if (this.#isEnded) return
    if (compared.outcome === 'compared') return this.#onCompared(day, notes, compared.reconciliation)
    const isToTryAgain = compared.outcome === 'not_sent'
    if (isToTryAgain) {
      this.#billNotBefore = clock.now().mono + AGAIN_MS
      await upkeep.putNotes(before)
    }
    const then = isToTryAgain ? 'it is asked for again' : `\`tillbridge reconcile --date ${day}\` asks again`
    this.#parts.log.warn(`the bill of ${day} was not compared: ${compared.message}; ${then}`)
  }

  async #onCompared(
    day: BillDay,
    notes: UpkeepNotes,
    { agrees, differences, differences_left_out, total }: Extract<Reconciled, { outcome: 'compared' }>['reconciliation'],
  ): Promise<void> {
    const { upkeep, log, onBill } = this.#parts
    if (agrees) log.info(`the bill of ${day} agrees with the journal and with what registers were told`, { ...total })
    else {
      const count = differences.length + differences_left_out
      log.error(`the bill of ${day} differs: \`tillbridge reconcile --date ${day}\` says how`, { count, first: differences[0] })
    }
    await upkeep.putNotes({ ...notes, billDiffers: !agrees })
    onBill(!agrees)
  }
}
