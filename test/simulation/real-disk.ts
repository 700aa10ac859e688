import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { LookQuery, NextLook } from '../../core/look/look.ts'
import type { ChargeKey, EventPage, HeldCharge, JournalRecord, Ledger, Row } from '../../core/ports.ts'
import { Store } from '../../device/journal/store.ts'
import type { Dice } from './dice.ts'
import { nameOf } from './memory-store.ts'

/** What becomes of the bytes that were written after the last sync. */
type Tail = 'lost' | 'cut' | 'garbled' | 'whole'

/** The real journal, in files of which a power cut can spoil what was not synced. */
export class RealDisk {
  readonly #folder: string
  #store: Store
  /** Each cut leaves files of its own. */
  #cuts = 0

  /** `folder` is empty. */
  constructor(folder: string) {
    this.#folder = folder
    this.#store = this.#open()
  }

  load(): JournalRecord {
    return this.#store.load()
  }

  isOpen(lane: string, outTradeNo: string): boolean {
    return (
      this.load()
        .lanes.get(lane)
        ?.attempts.some(attempt => attempt.outTradeNo === outTradeNo) === true
    )
  }

  commit(rows: readonly Row[]): void {
    this.#store.commit(rows)
  }

  find(key: ChargeKey): HeldCharge | null {
    return this.#store.find(key)
  }

  isForgotten(lane: string, chargeId: string): boolean {
    return this.#store.isForgotten(lane, chargeId)
  }

  events(lane: string, afterSeq: number, limit: number, bytesMax: number): EventPage {
    return this.#store.events(lane, afterSeq, limit, bytesMax)
  }

  outbox(lane: string, limit: number): readonly LaneEvent[] {
    return this.#store.outbox(lane, limit)
  }

  nextLook(query: LookQuery): NextLook {
    return this.#store.nextLook(query)
  }

  delivered(lane: string, seq: number): void {
    this.#store.delivered(lane, seq)
  }

  close(): void {
    this.#store.close()
  }

  /** For the comparison with a bill. */
  get ledger(): Ledger {
    const store = this.#store
    return {
      knownOf: async numbers => store.ledger(reader => reader.knownOf(numbers)),
      ordersOf: async numbers => store.ledger(reader => reader.ordersOf(numbers)),
      movedIn: async (from, until) => store.ledger(reader => reader.movedIn(from, until)),
      beginsAt: async () => store.ledger(reader => reader.beginsAt()),
      sums: async (from, until) => store.ledger(reader => reader.sums(from, until)),
    }
  }

  /** What its files weigh. */
  bytes(): { readonly database: number; readonly log: number } {
    return { database: sizeOf(this.#path), log: sizeOf(this.#log) }
  }

  /**
   * The power is cut, in the midst of a write or between two. What was synced stays; of what was written after it anything can be there.
   * Returns what became of it.
   */
  cut(dice: Dice, underWay: (() => void) | null): string {
    const synced = bytesOf(this.#log)
    underWay?.()
    const written = bytesOf(this.#log)
    const grew = written.subarray(0, synced.length).equals(synced) // else the log began anew, and what was in it is in the database
    const tail = grew ? written.subarray(synced.length) : Buffer.alloc(0)
    const became = dice.pick<Tail>(['lost', 'cut', 'garbled', 'whole'])
    const log = Buffer.concat([grew ? synced : written, spoil(tail, became, dice)])
    const database = bytesOf(this.#path)
    this.#clear()
    this.#cuts += 1
    this.#fill(database, log)
    return `what was not synced is ${became}`
  }

  /** The file is gone. */
  lose(): void {
    this.#clear()
    this.#store = this.#open()
  }

  /** A copy of all that there is now; what is returned puts it back. */
  copy(): () => void {
    const [database, log] = [bytesOf(this.#path), bytesOf(this.#log)]
    return () => {
      this.#clear()
      this.#fill(database, log)
    }
  }

  #clear(): void {
    this.#store.close()
    for (const path of [this.#path, this.#log]) rmSync(path, { force: true })
  }

  #fill(database: Buffer, log: Buffer): void {
    writeFileSync(this.#path, database)
    if (log.length > 0) writeFileSync(this.#log, log)
    this.#store = this.#open()
  }

  get #path(): string {
    return join(this.#folder, `journal-${this.#cuts}.db`)
  }

  get #log(): string {
    return `${this.#path}-wal`
  }

  #open(): Store {
    return new Store({ path: this.#path, stream: nameOf(this.#cuts), at: 0, teller: { box: 'box', language: 'en' } })
  }
}

function bytesOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Where nothing was written, what is garbled is noise that the disk has made of itself. */
function spoil(tail: Buffer, became: Tail, dice: Dice): Buffer {
  switch (became) {
    case 'lost':
      return Buffer.alloc(0)
    case 'cut':
      return tail.subarray(0, dice.between(0, tail.length))
    case 'garbled': {
      const bytes = tail.length === 0 ? Buffer.alloc(dice.between(1, 5_000)) : Buffer.from(tail)
      for (let times = dice.between(1, 50); times > 0; times -= 1) bytes[dice.between(0, bytes.length - 1)] = dice.between(0, 255)
      return bytes
    }
    case 'whole':
      return tail
    default:
      return became satisfies never
  }
}
