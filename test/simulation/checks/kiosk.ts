import type { Box } from '../../../core/box/state.ts'
import { type Charge, isFinal } from '../../../core/charge.ts'
import type { Row } from '../../../core/ports.ts'
import type { Disk } from '../disk.ts'
import type { Ground } from '../ground.ts'

/**
 * A kiosk sells as it is told, over and over, and writes nothing while it waits; whose money is kept was served, there and then.
 * Its charges are met first as rows, for nobody asked for them.
 */
export class KioskCheck {
  readonly #ground: Ground
  /** The event that said of an order number that it awaits a scan. */
  readonly #awaited = new Map<string, number>()
  /** Charges of which the lights have said that they are paid. */
  readonly #shown = new Set<string>()
  /** Charges for which the lock has opened. */
  readonly #opened = new Set<string>()
  /** Charges of which the journal said, when the box lost its power, that they may have been served: nobody can tell any more. */
  readonly #perhaps = new Set<string>()
  /** Other charges that were open then. */
  readonly #interrupted = new Set<string>()
  /** When the code of an order was sent. */
  readonly #sent = new Map<string, number>()
  #disk: Disk | null = null

  constructor(ground: Ground) {
    this.#ground = ground
  }

  restarted(disk: Disk): void {
    this.#disk = disk
    for (const [lane, { open }] of disk.load().lanes) {
      if (!this.#isKiosk(lane)) continue
      for (const { chargeId, state, served } of open) {
        if (isFinal(state)) continue
        const lost = served === true ? this.#perhaps : this.#interrupted
        lost.add(chargeId)
      }
    }
  }

  submitted(outTradeNo: string): void {
    this.#sent.set(outTradeNo, this.#ground.clock.mono)
  }

  shownPaid(lane: string, box: Box): void {
    if (!this.#isKiosk(lane)) return
    const last = box.lanes.get(lane)?.last
    if (last !== undefined && last !== null) this.#serves(last, this.#shown)
  }

  /** The lock opens: for a charge that was paid a moment ago, and never again for it. */
  opened(lane: string, box: Box | null): void {
    const last = box?.lanes.get(lane)?.last ?? null
    if (last?.state !== 'paid') return this.#wrong(last?.chargeId ?? null, 'the lock opens, and nobody has paid')
    if (this.#opened.has(last.chargeId)) return this.#wrong(last.chargeId, 'the lock opens a second time')
    this.#serves(last, this.#opened)
  }

  /** Whoever is served is so only once the journal says that they count as served, and with their money taken. */
  #serves({ chargeId, lane, outTradeNo, sale }: Charge, how: Set<string>): void {
    how.add(chargeId)
    const held = this.#disk?.find({ by: 'charge_id', lane, id: chargeId })?.charge
    if (held?.served !== true) this.#wrong(chargeId, 'somebody is served, and the journal does not know it yet')
    const { clock, engine, settings } = this.#ground
    const waited = clock.mono - (this.#sent.get(outTradeNo) ?? Number.NEGATIVE_INFINITY)
    const patience = settings.kiosks.get(lane)?.patienceMs ?? 0
    if (waited >= patience)
      this.#wrong(chargeId, `somebody is served who has waited ${waited} ms, and waits no longer than ${patience}`)
    engine.advance()
    if (engine.ledger.netFen(outTradeNo) !== sale.amount) this.#wrong(chargeId, 'somebody is served who has not paid')
  }

  written(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.put !== 'event' || row.event.type !== 'charge' || !this.#isKiosk(row.lane)) continue
      const { seq, charge, stream } = row.event
      if (this.#ground.sales.withCharge(charge.charge_id) === undefined) this.#begins(row.lane, `kiosk-${stream}-${seq}`, charge)
      if (charge.state === 'awaiting_scan' && charge.cancel_requested !== true)
        this.#awaits(seq, charge.charge_id, charge.out_trade_no)
    }
  }

  /** `armed` is the charge that the kiosk has before it at the end; null where it has none. */
  atRest(lane: string, armed: Charge | null): void {
    if (armed?.state !== 'awaiting_scan')
      this.#ground.fail('noProgress', armed?.chargeId ?? null, `kiosk ${lane} waits for nobody`)
  }

  /** The charge has ended. */
  ended({ chargeId, lane, state, reason }: Charge): void {
    const { settings, story } = this.#ground
    story.met('kiosk', state)
    if (reason === 'settled_by_person') return // of a journal that is in doubt, and nobody knows whom the kiosk has served
    const isPerhaps = this.#perhaps.has(chargeId)
    if (state !== 'paid') {
      if (this.#opened.has(chargeId) || this.#shown.has(chargeId) || isPerhaps)
        this.#wrong(chargeId, `somebody was, or may have been, served, and the charge ended ${state}`)
      return
    }
    if (settings.undo === 'none') return // without a certificate the money cannot be given back
    const served = settings.kiosks.get(lane)?.hasLock === true ? this.#opened : this.#shown
    if (!served.has(chargeId) && !isPerhaps) this.#wrong(chargeId, 'the money was kept, and nobody was served for it')
    if (this.#interrupted.has(chargeId)) this.#wrong(chargeId, 'found paid only after a power cut, and not given back')
  }

  /** By the documented rule and not by what the box did. */
  #begins(lane: string, chargeId: string, charge: { readonly charge_id: string; readonly amount: number }): void {
    const { sales, settings } = this.#ground
    const amount = settings.kiosks.get(lane)?.amount
    if (amount === undefined || charge.amount !== amount || charge.charge_id !== chargeId)
      return this.#wrong(charge.charge_id, `kiosk ${lane} sells something else`)
    sales.begin({ chargeId: charge.charge_id, lane, amount, customer: '', attempts: 1, expiresInS: Number.POSITIVE_INFINITY })
  }

  #awaits(seq: number, chargeId: string, outTradeNo: string): void {
    const before = this.#awaited.get(outTradeNo) ?? seq
    if (before !== seq) this.#wrong(chargeId, `the kiosk writes while it waits: events ${before} and ${seq} say the same`)
    this.#awaited.set(outTradeNo, seq)
  }

  #isKiosk(lane: string): boolean {
    return this.#ground.settings.kiosks.has(lane)
  }

  #wrong(chargeId: string | null, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
