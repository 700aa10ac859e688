import type { ErrorBody } from '../../core/contract/error.ts'
import type { RefundView } from '../../core/contract/message.ts'
import type { Book } from './book.ts'
import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Sale } from './sale.ts'

/** What a refund, or a look-up of one, was answered. */
export type RefundAnswer =
  | { readonly ok: true; readonly refund?: RefundView; readonly refunds?: readonly RefundView[] }
  | { readonly ok: false; readonly error: ErrorBody }

/** Sends a command again and again until it is answered. */
export type Ask = (verb: 'refund' | 'lookup', fields: object, sale: Sale, onAnswer: (answer: RefundAnswer) => void) => void

/** Errors after which the same command may be sent again. */
const AGAIN: ReadonlySet<string> = new Set(['not_ready', 'storage', 'too_many', 'internal'])

/** It is asked again after a pause that grows. */
const AGAIN_MS = 2_000
const AGAIN_MS_MAX = 600_000

/** What was asked for, under one refund id. */
export interface Asked {
  readonly sale: Sale
  readonly amount: number
}

/** Customers who bring back what they bought: in parts, more than they paid, and asked for twice. */
export class BackOffice {
  readonly #ground: Ground
  readonly #book: Book
  readonly #ask: Ask
  readonly #dice: Dice
  readonly #accepted = new Map<string, Asked>()
  readonly #asked = new Map<string, Asked>()
  /** Refunds that the box is being asked about. */
  readonly #lookingUp = new Set<string>()
  #ahead = 0

  constructor(ground: Ground, book: Book, ask: Ask) {
    this.#ground = ground
    this.#book = book
    this.#ask = ask
    this.#dice = ground.plan.dice('back office')
  }

  /** Refunds that the box has said it has. */
  get accepted(): ReadonlyMap<string, Asked> {
    return this.#accepted
  }

  /** What it may have been asked to give back of a sale at most, in fen, whatever it answered. */
  askedBack(sale: Sale): number {
    return [...this.#asked.values()].reduce((fen, asked) => (asked.sale === sale ? fen + asked.amount : fen), 0)
  }

  get done(): boolean {
    return this.#ahead === 0 && [...this.#accepted.keys()].every(id => this.#book.hasRefundEnded(id))
  }

  /** A new stream has begun: a refund that the box does not know any more is closed by hand. */
  resolve(): void {
    for (const [refundId, { sale }] of this.#accepted) {
      if (!this.#book.hasRefundEnded(refundId) && !this.#lookingUp.has(refundId)) this.#lookUp(refundId, sale)
    }
  }

  #lookUp(refundId: string, sale: Sale): void {
    this.#lookingUp.add(refundId)
    this.#ask('lookup', { refund_id: refundId }, sale, answer => {
      this.#lookingUp.delete(refundId)
      if (answer.ok) return this.#book.learnsRefund(answer.refunds?.find(({ refund_id: id }) => id === refundId))
      if (answer.error.code === 'unknown_charge') this.#book.close(refundId)
      else if (!this.#book.hasRefundEnded(refundId)) this.#lookUp(refundId, sale)
    })
  }

  /** A charge was paid: its customer comes back, or does not. */
  sold(sale: Sale): void {
    const dice = this.#ground.plan.dice(`refunds/${sale.chargeId}`)
    const parts = dice.weigh<number>([
      [6, 0],
      [3, 1],
      [2, dice.between(2, 4)],
    ])
    for (let part = 1; part <= parts; part += 1) this.#comesBack(sale, `${sale.chargeId}-r${part}`)
  }

  #comesBack(sale: Sale, refundId: string): void {
    const { clock, plan } = this.#ground
    if (!plan.keeps(`refund/${refundId}`)) return
    const dice = plan.dice(`refund/${refundId}`)
    const amount = dice.weigh<number>([
      [3, sale.amount],
      [6, dice.between(1, sale.amount)],
      [1, sale.amount + 1],
    ])
    this.#ahead += 1
    const soon = dice.chance(0.8) ? 20_000 : 600_000
    clock.after(dice.between(0, soon), () => this.#refund(sale, refundId, amount))
    if (dice.chance(0.2) && plan.keeps(`refund-again/${refundId}`))
      clock.after(dice.between(0, 2 * soon), () => this.#repeat(sale, refundId, amount))
  }

  #refund(sale: Sale, refundId: string, amount: number, pauseMs = AGAIN_MS): void {
    this.#send(sale, refundId, amount, answer => {
      const { clock, fail, settings, story } = this.#ground
      if (answer.ok) {
        this.#ahead -= 1
        return this.#take(sale, refundId, amount, answer.refund)
      }
      const { code, field, reasons = [] } = answer.error
      story.met('refund refused', field === undefined ? code : `${code} (${field})`)
      if (AGAIN.has(code) && !reasons.includes('other_merchant')) {
        const longer = Math.min(2 * pauseMs, AGAIN_MS_MAX)
        clock.after(this.#dice.between(pauseMs / 2, longer), () => this.#refund(sale, refundId, amount, longer))
        return
      }
      this.#ahead -= 1
      if (this.#ground.sales.isClouded(sale.chargeId)) return // the box does not know what was paid
      if (AGAIN.has(code)) return // whoever sold it is not there any more
      const expected = settings.undo === 'none' ? code === 'forbidden' : code === 'invalid' && field === 'amount'
      if (!expected) fail('wrongOutcome', sale.chargeId, `a good refund was refused: ${code}`)
    })
  }

  /** The same refund once more, at any moment: it must be the same, and cost nothing. */
  #repeat(sale: Sale, refundId: string, amount: number): void {
    if (!this.#accepted.has(refundId)) return
    this.#send(sale, refundId, amount, answer => {
      if (answer.ok) return this.#take(sale, refundId, amount, answer.refund)
      if (!AGAIN.has(answer.error.code) && !this.#ground.sales.isClouded(sale.chargeId))
        this.#ground.fail('wrongOutcome', sale.chargeId, `a refund that was accepted is not known: ${answer.error.code}`)
    })
  }

  #send(sale: Sale, refundId: string, amount: number, onAnswer: (answer: RefundAnswer) => void): void {
    this.#asked.set(refundId, { sale, amount })
    this.#ask('refund', { refund_id: refundId, charge_id: sale.chargeId, amount }, sale, onAnswer)
  }

  #take(sale: Sale, refundId: string, amount: number, refund: RefundView | undefined): void {
    if (refund?.refund_id !== refundId || refund.amount !== amount)
      this.#ground.fail('wrongOutcome', sale.chargeId, `${refundId} was answered with another refund`)
    this.#accepted.set(refundId, { sale, amount })
    // It may have ended in a stream that is over, and no event of the new one tells so.
    if (this.#ground.sales.isClouded(sale.chargeId)) this.#book.learnsRefund(refund)
  }
}
