import type { ChargeView } from '../../core/contract/message.ts'
import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Answer } from '../till/till.ts'
import { formatYuan } from '../till/yuan.ts'
import type { Counter, CounterNews } from './counter.ts'
import { CUSTOMERS } from './customers.ts'
import { DemoError } from './demo-error.ts'

/** One scene while it is played: one sale, and what is seen and heard of it. */
export class Act {
  readonly counter: Counter
  readonly chargeId: string
  readonly amount: number
  /** What was done, in order, in words. */
  readonly did: string[] = []
  readonly lights: PatternName[] = []
  /** What the register heard, in order. */
  readonly heard: string[] = []
  readonly #submitsBefore: number
  readonly #complaintsBefore: number
  readonly #ledgerBefore: { readonly debitedFen: number; readonly creditedFen: number }

  constructor(counter: Counter, chargeId: string, amount: number) {
    this.counter = counter
    this.chargeId = chargeId
    this.amount = amount
    const { engine, wire } = counter.around
    this.#submitsBefore = wire.received.count('/pay/micropay')
    this.#complaintsBefore = counter.main.till.complaints.length
    this.#ledgerBefore = engine.ledger.total()
  }

  get charge(): ChargeView | undefined {
    return this.counter.main.till.book.get(this.chargeId)
  }

  /** How many codes WeChat Pay was sent. */
  get submits(): number {
    return this.counter.around.wire.received.count('/pay/micropay') - this.#submitsBefore
  }

  /** What the box broke of the contract. */
  get complaints(): readonly string[] {
    return this.counter.main.till.complaints.slice(this.#complaintsBefore)
  }

  /** What was taken from customers and what they got back, in fen, whoever they are. */
  get moved(): { readonly takenFen: number; readonly returnedFen: number } {
    const { debitedFen, creditedFen } = this.counter.around.engine.ledger.total()
    return { takenFen: debitedFen - this.#ledgerBefore.debitedFen, returnedFen: creditedFen - this.#ledgerBefore.creditedFen }
  }

  onNews(news: CounterNews): void {
    if (news.lane !== this.counter.main.name) return
    if (news.kind === 'lights') this.lights.push(news.pattern)
    else if (news.kind === 'event') this.#onEvent(news.charge)
    else if (news.kind === 'scan') this.heard.push(`${news.notice.kind} code: ${news.notice.reason}`)
  }

  #onEvent(charge: ChargeView): void {
    if (charge.charge_id !== this.chargeId) return
    const refusal = charge.state === 'awaiting_scan' ? charge.refusals?.at(-1)?.reason : undefined
    this.heard.push(refusal === undefined ? charge.state : `${charge.state} (${refusal})`)
  }

  /** The register asks for the money; the answer may be a refusal. */
  askForMoney(): Promise<Answer> {
    this.did.push(`the till asks for ${formatYuan(this.amount)}`)
    return this.counter.main.till.charge({ charge_id: this.chargeId, amount: this.amount })
  }

  /** The register asks for the money, and the lane waits for a code. */
  async arm(): Promise<void> {
    const { ok, error } = await this.askForMoney()
    if (!ok) throw new DemoError('refused', `the box refused the charge: ${error?.message ?? 'without a reason'}`)
    await this.untilState('awaiting_scan')
  }

  async scan(name: string): Promise<void> {
    const customer = CUSTOMERS.get(name)
    if (customer === undefined) throw new DemoError('did_not_happen', `no customer is called ${name}`)
    this.did.push(customer.does)
    await this.counter.scan(this.counter.main, name, customer)
  }

  async cancel(): Promise<void> {
    this.did.push('the till cancels')
    await this.counter.main.till.cancel(this.chargeId)
  }

  async unplugGun(): Promise<void> {
    this.did.push('the gun is unplugged')
    await this.counter.main.gun.unplug()
    await this.counter.until('the lane is not ready', () => !this.counter.main.till.isReady)
  }

  async plugGun(): Promise<void> {
    this.did.push('is plugged in again')
    await this.counter.main.gun.plug()
    await this.counter.ready()
  }

  async cutPower(): Promise<void> {
    this.did.push('the power is cut')
    await this.counter.cutPower()
  }

  async powerIsBack(): Promise<void> {
    this.did.push('it is back')
    await this.counter.startBox()
  }

  untilState(state: ChargeView['state']): Promise<void> {
    return this.#until(`the register hears ${state}`, charge => charge.state === state)
  }

  /** Until a refused code has been proven unpaid and another may be scanned. */
  untilNextAttempt(): Promise<void> {
    return this.#until('another code may be scanned', ({ state, attempt }) => state === 'awaiting_scan' && attempt > 1)
  }

  untilFinal(): Promise<void> {
    return this.#until('the charge is final', ({ final }) => final)
  }

  /** Until the register heard of so many scans that were no payment. */
  untilNotices(count: number): Promise<void> {
    const isSo = () => this.heard.filter(word => word.includes('code:')).length === count
    return this.counter.until('the register hears of a code that is none of WeChat Pay', isSo)
  }

  #until(what: string, isSo: (charge: ChargeView) => boolean): Promise<void> {
    return this.counter.until(what, () => this.charge !== undefined && isSo(this.charge))
  }
}
