import type { CustomerConfig } from '../../device/emulator/index.ts'
import { type Answer, TillError } from '../../device/till/till.ts'
import type { Till } from '../till.ts'
import type { Rig } from '../whole/rig.ts'
import type { KillCase } from './kill-case.ts'
import type { Counter, Fault } from './scene.ts'

const GOODS = '6901234567892'
const WITHIN_MS = 120_000
/** How often a register that was not answered begins anew. */
const PATIENCE = 60
const REFUNDED_PART = 3

/** The cashier and the customers of one case. Nobody does anything more once the desk is closed. */
export class CashDesk implements Counter {
  readonly #rig: Rig
  readonly #till: Till
  readonly #case: KillCase
  readonly #commands: Promise<unknown>[] = []
  #customers = 0
  /** The journal knows the charge, so the register will hear of it. */
  #isKnown = false
  isClosed = false
  /** The verbs of this case that the box has answered with `ok`. */
  readonly accepted = new Set<string>()
  /** Every answer, for the story of what went wrong. */
  readonly answers: string[] = []

  constructor(rig: Rig, till: Till, given: KillCase) {
    this.#rig = rig
    this.#till = till
    this.#case = given
  }

  close(): void {
    this.isClosed = true
  }

  /** What a register does once the box is back: its commands are repeated until they are answered, and nobody stands there to pay. */
  async clear(): Promise<void> {
    await Promise.all(this.#commands)
    const { charge } = await this.lookup()
    // What nobody knows may still be begun by a repetition that is under way: a cancel comes after it.
    if (charge === undefined || charge.state === 'awaiting_scan') {
      await this.#insist('cancel', { charge_id: this.#case.chargeId })
    }
    this.#isKnown = (await this.lookup()).ok
  }

  /** The box's word on the charge. */
  lookup(): Promise<Answer> {
    return this.#insist('lookup', { charge_id: this.#case.chargeId })
  }

  /** Everything of the case has ended, as the register has heard. */
  get isOver(): boolean {
    const charge = this.#till.book.get(this.#case.chargeId)
    return charge === undefined ? !this.#isKnown : charge.final && this.#isRefunded
  }

  async arm({ attempts = 3 }: { readonly attempts?: number } = {}): Promise<void> {
    const { chargeId, amount } = this.#case
    await this.#command('charge', { charge_id: chargeId, amount, attempts })
    await this.until('awaiting_scan')
  }

  async scan(who: Omit<CustomerConfig, 'name' | 'balanceFen'>): Promise<void> {
    this.#mustBeOpen()
    this.#customers += 1
    const name = `${this.#case.chargeId}-${this.#customers}`
    this.#rig.engine.addCustomer({ name, balanceFen: 1_000_000, ...who })
    await this.#rig.scan(name)
    this.#mustBeOpen()
  }

  async scanGoods(): Promise<void> {
    this.#mustBeOpen()
    const told = this.#till.scans.length
    await this.#rig.gun.write(`${GOODS}\r`)
    await this.#until('the goods are told', () => this.#till.scans.length > told)
  }

  async until(state: string, attempt = 1): Promise<void> {
    this.#mustBeOpen()
    const { chargeId } = this.#case
    const hasBeen = () =>
      this.#till.events.some(
        ({ charge }) => charge.charge_id === chargeId && (charge.final || (charge.state === state && charge.attempt >= attempt)),
      )
    await this.#until(`${chargeId} is ${state}`, hasBeen)
  }

  async cancel(): Promise<void> {
    await this.#command('cancel', { charge_id: this.#case.chargeId })
  }

  async refund(): Promise<void> {
    const { chargeId, amount } = this.#case
    await this.#command('refund', { refund_id: this.#refundId, charge_id: chargeId, amount: Math.ceil(amount / REFUNDED_PART) })
    await this.#until(`${this.#refundId} has ended`, () => this.#isRefunded)
  }

  /** Whatever refund was accepted has gone back. */
  get #isRefunded(): boolean {
    return !this.accepted.has('refund') || this.#till.refund(this.#refundId)?.state === 'returned'
  }

  get #refundId(): string {
    return `${this.#case.chargeId}-R`
  }

  async ask(): Promise<void> {
    await this.#command('lookup', { charge_id: `${this.#case.chargeId}-unknown` })
    await this.#command('events', { after_seq: 0, limit: 5 })
  }

  async untilLooked(): Promise<void> {
    const { engine, wire } = this.#rig
    const number = this.#till.book.get(this.#case.chargeId)?.out_trade_no
    await this.#until('nothing is undone any more', () => this.#till.state?.['undoing'] === 0)
    const endedAt = engine.now()
    const queries = () => wire.received.requests('/pay/orderquery', number).filter(({ at }) => at > endedAt)
    await this.#until('the charge is looked at again', () => queries().length > 0)
  }

  async replug(): Promise<void> {
    this.#mustBeOpen()
    await this.#rig.unplugGun()
    try {
      await this.#until('the register hears that the gun is gone', () => !this.#till.isReady)
    } finally {
      await this.#rig.plugGun() // whoever starts the box again has plugged it in
    }
    await this.#until('the register hears that the gun is back', () => this.#till.isReady)
  }

  plan(...faults: readonly Fault[]): void {
    const outTradeNo = this.#till.book.get(this.#case.chargeId)?.out_trade_no
    if (outTradeNo === undefined) return
    for (const { match, ...fault } of faults) this.#rig.wire.faults.add({ ...fault, match: { ...match, outTradeNo } })
  }

  async #command(verb: string, fields: object): Promise<Answer> {
    this.#mustBeOpen()
    const answered = this.#insist(verb, fields).then(answer => {
      if (answer.ok) this.accepted.add(verb)
      return answer
    })
    this.#commands.push(answered)
    const answer = await answered
    this.#mustBeOpen()
    return answer
  }

  /**
   * A register that has given up, or was told that too much waits, asks once more: on a busy machine a box may take long to come back,
   * and what was repeated meanwhile waits for it.
   */
  async #insist(verb: string, fields: object, patience = PATIENCE): Promise<Answer> {
    const answer = await this.#till.command(verb, fields).catch((error: unknown) => {
      if (!(error instanceof TillError) || patience === 0) throw error
      return null
    })
    if (answer !== null) this.answers.push(`${verb}: ${JSON.stringify(answer.body)}`)
    if (answer !== null && answer.error?.code !== 'too_many') return answer
    return this.#insist(verb, fields, patience - 1)
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    await this.#rig.until(what, () => this.isClosed || isSo(), WITHIN_MS)
    this.#mustBeOpen()
  }

  #mustBeOpen(): void {
    if (this.isClosed) throw new DeskClosedError()
  }
}

class DeskClosedError extends Error {
  readonly code = 'DESK_CLOSED'
}
