import type { ErrorBody } from '../../core/contract/error.ts'
import type { ChargeView, LaneEvent, RefundView } from '../../core/contract/message.ts'
import { BackOffice } from './back-office.ts'
import { Book } from './book.ts'
import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Owner } from './owner.ts'
import type { Sale } from './sale.ts'
import type { Technician } from './technician.ts'

/** Carries a command to the box and, if all goes well, its answer back. */
export type Post = (lane: string, verb: string, fields: { readonly request_id: string }, answer: (body: object) => void) => void

export interface TillParts {
  readonly post: Post
  readonly technician: Technician
  readonly owner: Owner
}

type Answer =
  | {
      readonly ok: true
      readonly charge?: ChargeView
      readonly refund?: RefundView
      readonly events?: readonly LaneEvent[]
      readonly stream?: string
    }
  | { readonly ok: false; readonly error: ErrorBody }

const REPEAT_MS = 3_000
/** A till that is told that it cannot charge now asks again after a pause that grows. */
const AGAIN_MS = 2_000
const AGAIN_MS_MAX = 600_000
/** Between two looks at how things stand: the pause grows while nothing changes. */
const LOOK_MS = 30_000
const LOOK_MS_MAX = 600_000
/** Errors after which the same command may be sent again. */
const AGAIN: ReadonlySet<string> = new Set(['busy', 'not_ready', 'storage', 'too_many', 'internal'])

/**
 * A register that keeps to the contract: it repeats a command until it is answered, takes its book from the events, fills gaps with
 * `events`, and begins the next sale once the last one is final or being undone.
 */
export class Till {
  readonly lane: string
  readonly book: Book
  readonly backOffice: BackOffice
  readonly #ground: Ground
  readonly #post: Post
  readonly #technician: Technician
  readonly #owner: Owner
  readonly #waiting: Sale[]
  readonly #dice: Dice
  readonly #accepted = new Set<string>()
  #current: Sale | null = null
  #requests = 0
  #filling = false
  readonly #lookingUp = new Set<string>()
  /** What waits for the box to be there again: its presence is told by a retained message. */
  #whenBack: (() => void)[] = []
  #boxIsThere = false
  /** The highest number that the lane's retained state has named. */
  #stateSeq = 0
  #looking = false

  constructor(ground: Ground, lane: string, sales: readonly Sale[], { post, technician, owner }: TillParts) {
    this.lane = lane
    this.#ground = ground
    this.#waiting = [...sales]
    this.#dice = ground.plan.dice(`till/${lane}`)
    this.#post = post
    this.#technician = technician
    this.#owner = owner
    this.book = new Book(ground, lane)
    this.backOffice = new BackOffice(ground, this.book, (verb, fields, sale, onAnswer) => this.#ask(verb, fields, sale, onAnswer))
  }

  /** The sale that the customer in front stands for. */
  get current(): Sale | null {
    return this.#current
  }

  /** Sales that have not begun. */
  get ahead(): number {
    return this.#waiting.length
  }

  /** Charges that the box has said it has. */
  get accepted(): ReadonlySet<string> {
    return this.#accepted
  }

  get done(): boolean {
    if (this.#waiting.length > 0 || this.#current !== null || this.book.contiguous < this.#stateSeq) return false
    return this.backOffice.done && [...this.#accepted].every(id => this.book.isFinal(id))
  }

  start(): void {
    this.#next()
    this.#keepLooking()
  }

  /** The box came, or went, as its presence tells. On coming, whatever was missed is asked for. */
  boxIs(there: boolean): void {
    this.#boxIsThere = there
    if (!there) return
    const waiting = this.#whenBack
    this.#whenBack = []
    for (const go of waiting) go()
    this.#fill()
  }

  /** The lane's retained state: a number above the last one is a gap too. */
  stateIs(stream: string, seq: number): void {
    this.#sees(stream)
    this.#stateSeq = Math.max(this.#stateSeq, seq)
    this.#keepLooking()
  }

  /** At a kiosk: somebody in the back office cancels whatever is there. */
  cancelNewest(): void {
    const newest = this.book.newest
    if (newest === null || newest.final) return
    const { charge_id: chargeId } = newest
    this.#ask('cancel', { charge_id: chargeId }, this.#ground.sales.withCharge(chargeId) ?? null, answer => {
      if (answer.ok) this.book.cancelled(chargeId)
      this.#ground.story.met('kiosk cancel', answer.ok ? 'taken' : answer.error.code)
    })
  }

  /** An event came over the event topic. */
  hear(event: LaneEvent): void {
    this.#sees(event.stream)
    this.book.enter(event)
    this.#owner.hears(event, this.book)
    this.#see(event.charge)
    if (this.book.hasGap) this.#fill()
  }

  /** In a new stream numbers begin anew; what the till holds open is looked up, for the box may not know it any more. */
  #sees(stream: string): void {
    if (!this.book.sees(stream)) return
    this.#ground.story.met('till', 'sees a new stream')
    this.#stateSeq = 0
    for (const id of this.#accepted) if (!this.book.isFinal(id)) this.#resolve(id)
    this.backOffice.resolve()
    this.#keepLooking()
  }

  #resolve(chargeId: string): void {
    const sale = this.#ground.sales.withCharge(chargeId)
    if (sale !== undefined) this.#lookUp(sale)
  }

  /** Not known is not "not paid": a person finds out, and the sale is closed by hand. */
  #closeByHand(sale: Sale): void {
    const { chargeId } = sale
    this.#owner.isAsked(chargeId, isPaid => {
      this.#ground.story.met('till', isPaid ? 'closes a sale as paid by hand' : 'closes a sale as not paid by hand')
      this.#ground.story.tell(chargeId, () => `the till closes the sale by hand: ${isPaid ? 'paid' : 'not paid'}`)
      this.book.close(chargeId)
      if (this.#current === sale) this.#leave()
    })
  }

  #leave(): void {
    this.#current = null
    this.#next()
  }

  /** The till read a code itself, for the sale in front. */
  sendCode(code: string): void {
    const sale = this.#current
    if (sale !== null && this.#accepted.has(sale.chargeId)) this.#sendCode(sale, code)
  }

  #sendCode(sale: Sale, code: string): void {
    this.#ask('scan', { charge_id: sale.chargeId, code }, sale, answer => {
      const { clock, fail, story } = this.#ground
      if (answer.ok) return answer.charge === undefined ? undefined : this.#see(answer.charge)
      const { code: error, charge, field, reasons = [] } = answer.error
      story.met('scan refused', [error, ...reasons].join(' '))
      if (charge !== undefined) this.#see(charge)
      const again = () => {
        if (this.#current === sale) this.#sendCode(sale, code)
      }
      if (AGAIN.has(error)) clock.after(this.#dice.between(1_000, 5_000), again)
      else if (error === 'unknown_charge' && this.#ground.sales.isClouded(sale.chargeId)) return
      else if (error === 'invalid' ? field !== 'code' : error !== 'already_final' && error !== 'conflict')
        fail('wrongOutcome', sale.chargeId, `a good command to scan was refused: ${error}`)
    })
  }

  #next(): void {
    const { clock, plan, sales } = this.#ground
    const [sale] = this.#waiting
    if (sale === undefined) return
    const begins = (plan.beginOf(sale.chargeId) ?? 0) - clock.mono
    clock.after(Math.max(begins, this.#dice.between(200, 4_000)), () => {
      this.#waiting.shift()
      this.#current = sale
      plan.begins(sale.chargeId, clock.mono)
      sales.begin(sale)
      this.#charge(sale)
    })
  }

  #charge(sale: Sale, pauseMs = AGAIN_MS): void {
    const { chargeId, amount, attempts, expiresInS } = sale
    const fields = { charge_id: chargeId, amount, attempts, expires_in_s: expiresInS }
    this.#ask('charge', fields, sale, answer => {
      const { clock, fail, story } = this.#ground
      if (answer.ok) return answer.charge === undefined ? undefined : this.#accept(sale, answer.charge)
      const { code, charge } = answer.error
      story.met('charge refused', code)
      const longer = Math.min(2 * pauseMs, AGAIN_MS_MAX)
      if (AGAIN.has(code)) clock.after(this.#dice.between(pauseMs / 2, longer), () => this.#charge(sale, longer))
      else if (code === 'already_final' && charge !== undefined) this.#accept(sale, charge)
      else fail('wrongOutcome', chargeId, `a good charge was refused: ${code}`)
    })
  }

  #accept(sale: Sale, charge: ChargeView): void {
    const { clock, plan, sales, story } = this.#ground
    this.#accepted.add(sale.chargeId)
    if (sales.hasClouded) this.book.learns(charge) // what a stream that is over would have told of it nobody will tell
    this.#see(charge)
    const cancels = plan.fault('cancels', 0.12, () => `cancel/${sale.chargeId}`)
    if (cancels === null) return
    clock.after(cancels.between(0, 25_000), () => {
      if (this.#current !== sale) return
      story.met('till', 'cancels')
      this.#cancel(sale)
    })
  }

  #cancel(sale: Sale): void {
    this.#ask('cancel', { charge_id: sale.chargeId }, sale, answer => {
      const { clock, fail, story } = this.#ground
      if (answer.ok) {
        this.book.cancelled(sale.chargeId)
        return answer.charge === undefined ? undefined : this.#see(answer.charge)
      }
      const { code, charge } = answer.error
      story.met('cancel refused', code)
      if (AGAIN.has(code)) clock.after(REPEAT_MS, () => this.#cancel(sale))
      else if (code === 'already_final' && charge !== undefined) this.#see(charge)
      else if (!(code === 'unknown_charge' && this.#ground.sales.isClouded(sale.chargeId)))
        fail('wrongOutcome', sale.chargeId, `a charge that was accepted cannot be cancelled: ${code}`)
    })
  }

  /** The lane is free for the next sale once this one is final, or being undone for sure. */
  #see(charge: ChargeView): void {
    if (charge.charge_id !== this.#current?.chargeId || charge.durable === false) return
    this.#accepted.add(charge.charge_id)
    if (!charge.final && charge.state !== 'reversing') return
    this.#ground.story.met('till leaves a charge', charge.state)
    if (charge.state === 'paid') this.backOffice.sold(this.#current)
    this.#leave()
  }

  /** From time to time, for whatever was lost: what happened since, and how the charge stands. */
  #keepLooking(): void {
    if (this.#looking || this.done) return
    this.#looking = true
    this.#look()
  }

  #look(pauseMs = LOOK_MS): void {
    const { clock } = this.#ground
    const known = this.book.contiguous
    clock.after(pauseMs + this.#dice.between(0, 5_000), () => {
      this.#looking = !this.done
      if (this.done) return
      this.#fill()
      const sale = this.#current
      if (sale !== null && this.#accepted.has(sale.chargeId)) this.#lookUp(sale)
      const quiet = this.book.contiguous === known
      this.#onceThere(() => this.#look(quiet ? Math.min(2 * pauseMs, LOOK_MS_MAX) : LOOK_MS))
    })
  }

  #onceThere(go: () => void): void {
    if (this.#boxIsThere) go()
    else this.#whenBack.push(go)
  }

  #lookUp(sale: Sale): void {
    const { chargeId } = sale
    if (this.#lookingUp.has(chargeId)) return
    this.#lookingUp.add(chargeId)
    this.#ask('lookup', { charge_id: chargeId }, sale, answer => {
      this.#lookingUp.delete(chargeId)
      const { fail, sales, story } = this.#ground
      const isClouded = sales.isClouded(chargeId)
      if (!answer.ok) {
        if (answer.error.code === 'unknown_charge' && isClouded) this.#closeByHand(sale)
        else if (answer.error.code === 'unknown_charge') fail('wrongOutcome', chargeId, 'a charge that was accepted is not known')
        else if (isClouded) this.#lookUp(sale)
        return
      }
      const { charge } = answer
      if (charge === undefined) return
      if (charge.from_gateway === true) story.met('till', 'hears of a payment that the journal does not know')
      this.book.learns(charge)
      this.#see(charge)
    })
  }

  #fill(): void {
    if (this.#filling) return
    this.#filling = true
    const after = this.book.contiguous
    this.#ask('events', { after_seq: after, limit: 10 }, null, answer => {
      this.#filling = false
      if (!answer.ok) return
      if (answer.stream !== undefined) this.#sees(answer.stream)
      const events = answer.events ?? []
      for (const event of events) this.hear(event) // which may be of another stream
      if (events.length > 0 && this.book.contiguous > after) this.#fill()
    })
  }

  /** Sends a command again and again until it is answered. Of several answers the first counts. */
  #ask(verb: string, fields: object, sale: Sale | null, onAnswer: (answer: Answer) => void): void {
    const { clock, story } = this.#ground
    this.#requests += 1
    const requestId = `${this.lane}-${this.#requests}`
    let answered = false
    let takeBack = () => {}
    const send = () => {
      if (answered) return
      story.tell(sale?.chargeId ?? null, () => `the till sends ${verb} (${requestId})`)
      this.#post(this.lane, verb, { request_id: requestId, ...fields }, body => {
        if (answered) return
        const answer = body as Answer // as the contract has it; the checks compare what matters
        if (!answer.ok && answer.error.field === 'lane' && this.#technician.meddles) {
          takeBack() // it is put back some day
          takeBack = clock.after(LOOK_MS, () => this.#onceThere(send))
          return
        }
        answered = true
        takeBack()
        story.tell(sale?.chargeId ?? null, () => `the till hears: ${verb} (${requestId}) ${answer.ok ? 'ok' : answer.error.code}`)
        if (!answer.ok && answer.error.code === 'too_many')
          this.#ground.fail(
            'wrongOutcome',
            sale?.chargeId ?? null,
            `a till that keeps to the contract sent too many commands: ${verb}`,
          )
        onAnswer(answer)
      })
      takeBack = clock.after(REPEAT_MS + this.#dice.between(0, 1_000), () => this.#onceThere(send))
    }
    this.#onceThere(send)
  }
}
