import { type Box, isBeingUndone, type LaneBook } from '../../../core/box/state.ts'
import type { Waking } from '../../../core/box/waking.ts'
import { LIMITS } from '../../../core/limits.ts'
import type { Runner } from '../../../device/runner.ts'
import type { Disk } from '../disk.ts'
import type { Ground } from '../ground.ts'
import type { Timers } from '../timers.ts'

/** The runner's own timers: when the box is to be looked at again, and when a commit has taken too long or is tried again. */
const OWN_TIMERS = 2
/** Commands that are answered within two seconds, and steps that wait for a disk which takes nothing for days. */
const UNANSWERED_MAX = 32
const COMMITS_MAX = 32
const HELD_BACK_MAX = 64
/** Everything that is told of one charge: its tries, a refund or two, late money; and at each start of the box, that it is asked for again. */
const EVENTS_OF_CHARGE_MAX = 100
/** SQLite begins its log anew after a thousand pages; a commit that is under way then is still added. It is weighed so often, in things that happen. */
const WEIGHED_EVERY = 64
const LOG_BYTES_MAX = 1_000 * (4_096 + 24) + 1_048_576
/** An empty journal, and what a charge adds to it with all its rows and their indices. */
const JOURNAL_BYTES = 262_144
const CHARGE_BYTES = 16_384

/**
 * Nothing grows without bound, however long the box lives: each thing that is kept is kept for something that is still open. What has
 * to be empty at rest is in `RestCheck`.
 */
export class GrowthCheck {
  readonly #ground: Ground
  #looked: Box | null = null
  #looks = 0
  #disk: Disk | null = null
  #starts = 0

  constructor(ground: Ground) {
    this.#ground = ground
  }

  restarted(disk: Disk): void {
    this.#disk = disk
    this.#starts += 1
  }

  /** Something happened, and the box has dealt with it. */
  looked({ box, load }: Runner, timers: Timers): void {
    this.#looks += 1
    if (this.#looks % WEIGHED_EVERY === 0) this.#atMost(this.#disk?.bytes().log ?? 0, LOG_BYTES_MAX, "bytes in the journal's log")
    this.#atMost(load.mailbox, 0, 'happenings in the mailbox')
    this.#atMost(load.commits, COMMITS_MAX, 'commits that wait')
    this.#atMost(load.heldBack, HELD_BACK_MAX, 'effects that wait for a commit')
    this.#atMost(load.states, load.commits * this.#ground.settings.lanes.length, 'states of lanes that wait for a commit')
    this.#atMost(load.answers, load.unanswered, 'answers that wait for a commit')
    this.#atMost(load.unanswered, UNANSWERED_MAX, 'commands without an answer')
    this.#atMost(timers.open, OWN_TIMERS + load.unanswered + box.finds, 'timers')
    if (box === this.#looked) return
    this.#lookAtBox(box, timers.now().mono)
    this.#looked = box
  }

  /** All has come to its end: nobody waits for anything but the next customer. */
  atRest({ load }: Runner, timers: Timers, disk: Disk): void {
    this.#atMost(load.commits + load.heldBack + load.unanswered, 0, 'things in the runner at rest')
    this.#atMost(timers.open, 1, 'timers at rest')
    const { database } = disk.bytes()
    this.#atMost(database, JOURNAL_BYTES + CHARGE_BYTES * this.#ground.sales.count, 'bytes in the journal')
  }

  /** `events` are those of one charge. */
  ended(chargeId: string, events: number): void {
    this.#atMost(events, EVENTS_OF_CHARGE_MAX + this.#starts, `events of charge ${chargeId}`)
  }

  #lookAtBox(box: Box, now: number): void {
    const [oldest] = box.spent.values()
    if (oldest !== undefined) this.#atMost(now - oldest.sentAt, LIMITS.spentCodeMs, 'ms since the oldest code that is remembered')
    this.#atMost(box.spent.size, LIMITS.spentCodesMax, 'codes that are remembered')
    this.#atMost(box.finds, LIMITS.findsMax, 'look-ups at WeChat Pay')
    if (box.warnings !== this.#looked?.warnings) this.#atMost(box.warnings.length, new Set(box.warnings).size, 'warnings')
    if (box.waking !== null && box.waking !== this.#looked?.waking)
      this.#atMost(box.waking.changed.length, heldOpen(box.waking), 'charges that may be doubted')
    this.#atMost(box.lanes.size, this.#ground.settings.lanes.length, 'lanes')
    const isAsBefore = box.undoing === this.#looked?.undoing && box.committed === this.#looked.committed
    for (const book of box.lanes.values())
      if (!isAsBefore || book !== this.#looked?.lanes.get(book.name)) this.#lookAtLane(box, book)
  }

  #lookAtLane(box: Box, { name, background, settled, unwritten, unwrittenSeqs, refunds, refunded, ticket }: LaneBook): void {
    for (const { lane, chargeId, reason } of background.values())
      if (reason !== 'journal_doubted' && !isBeingUndone(box, { lane, chargeId }))
        this.#grows(`charge ${chargeId} waits for nothing`)
    for (const chargeId of settled.keys())
      if (!isBeingUndone(box, { lane: name, chargeId })) this.#grows(`charge ${chargeId} has ended, and is kept for nothing`)
    for (const chargeId of refunded.keys())
      if (!isRefunding(refunds, chargeId)) this.#grows(`charge ${chargeId} is kept for a refund that there is none of`)
    this.#atMost(unwrittenSeqs.size, COMMITS_MAX, 'commits whose events wait')
    for (const [chargeId, waiting] of unwritten)
      if (waiting.ticket <= box.committed) this.#grows(`charge ${chargeId} is in the journal, and is kept as if it were not`)
    if (ticket > box.committed) return
    for (const [refundId, { at }] of refunds)
      if (at === 'ended') this.#grows(`refund ${refundId} is in the journal, and is kept as if it were not`)
  }

  #atMost(there: number, most: number, what: string): void {
    if (there > most) this.#grows(`${there} ${what}, and there may be ${most}`)
  }

  #grows(message: string): void {
    this.#ground.fail('noProgress', null, `something grows without bound: ${message}`)
  }
}

function isRefunding(refunds: LaneBook['refunds'], chargeId: string): boolean {
  for (const { refund } of refunds.values()) if (refund.chargeId === chargeId) return true
  return false
}

function heldOpen({ held }: Waking): number {
  let count = 0
  for (const { open } of held.values()) count += open.length
  return count
}
