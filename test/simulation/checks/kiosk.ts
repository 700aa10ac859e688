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
  readonly #stream: string
  /** The event that said of an order number that it awaits a scan. */
  readonly #awaited = new Map<string, number>()
  /** Charges of which the lights have said that they are paid. */
  readonly #served = new Set<string>()
  /** Charges that were open when the box lost its power. */
  readonly #interrupted = new Set<string>()

  constructor(ground: Ground, stream: string) {
    this.#ground = ground
    this.#stream = stream
  }

  restarted(disk: Disk): void {
    for (const [lane, { open }] of disk.load().lanes) {
      if (!this.#isKiosk(lane)) continue
      for (const { chargeId, state } of open) if (!isFinal(state)) this.#interrupted.add(chargeId)
    }
  }

  shownPaid(lane: string, box: Box): void {
    const chargeId = box.lanes.get(lane)?.last?.chargeId
    if (chargeId !== undefined) this.#served.add(chargeId)
  }

  written(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.put !== 'event' || row.event.type !== 'charge' || !this.#isKiosk(row.lane)) continue
      const { seq, charge } = row.event
      if (this.#ground.sales.withCharge(charge.charge_id) === undefined) this.#begins(row.lane, seq, charge)
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
  ended({ chargeId, state }: Charge): void {
    const { settings, story } = this.#ground
    story.met('kiosk', state)
    if (state !== 'paid' || settings.undo === 'none') return // without a certificate the money cannot be given back
    if (!this.#served.has(chargeId)) this.#wrong(chargeId, 'the money was kept, and nobody was served for it')
    if (this.#interrupted.has(chargeId)) this.#wrong(chargeId, 'found paid only after a power cut, and not given back')
  }

  /** By the documented rule and not by what the box did. */
  #begins(lane: string, seq: number, charge: { readonly charge_id: string; readonly amount: number }): void {
    const { sales, settings } = this.#ground
    const amount = settings.kiosks.get(lane)?.amount
    if (amount === undefined || charge.amount !== amount || charge.charge_id !== `kiosk-${this.#stream}-${seq}`)
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

  #wrong(chargeId: string, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
