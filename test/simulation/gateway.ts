import type { Order, OutTradeNo } from '../../core/order.ts'
import type { Gateway, Priority, Reply } from '../../core/ports.ts'
import type {
  FoundAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundRequest,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  SubmitRequest,
} from '../../core/wechat/answer.ts'
import type { Verdict } from '../../core/wechat/verdict.ts'
import type { BoxClock } from './box-clock.ts'
import type { Checks } from './checks/checks.ts'
import type { Dice } from './dice.ts'
import { drawLateDebit } from './drawing.ts'
import { type CallKind, drawFate, type Fate } from './fate.ts'
import type { Ground } from './ground.ts'
import type { Line, Spoiling } from './line.ts'

type Exchange<Answer> = (spoiling: Spoiling) => Verdict<Answer>
type Sent = Extract<Fate, { kind: 'sent' }>

/**
 * The gateway port of one life of the box, over a line on which everything can go wrong. What was sent arrives even if the box has
 * lost its power meanwhile; its answer does not.
 */
export class SimGateway implements Gateway {
  readonly #ground: Ground
  readonly #clock: BoxClock
  readonly #line: Line
  readonly #checks: Checks

  constructor(ground: Ground, clock: BoxClock, line: Line, checks: Checks) {
    this.#ground = ground
    this.#clock = clock
    this.#line = line
    this.#checks = checks
  }

  warm(): void {
    this.#ground.story.met('box', 'warms a connection')
  }

  submit(request: SubmitRequest, code: string): Promise<Reply<SubmitAnswer>> {
    return this.#call('submit', request.outTradeNo, spoiling => this.#line.submit(request, code, spoiling))
  }

  query(order: Order, _priority: Priority): Promise<Reply<QueryAnswer>> {
    if (order.amount === 0) return this.#call('probe', order.outTradeNo, spoiling => this.#line.query(order, spoiling))
    const inVain = this.#ground.contradictions.asked(this.#ground, order.outTradeNo)
    return this.#call('query', order.outTradeNo, spoiling => this.#line.query(order, inVain ?? spoiling))
  }

  find(outTradeNo: OutTradeNo): Promise<Reply<FoundAnswer>> {
    return this.#call('query', outTradeNo, spoiling => this.#line.find(outTradeNo, spoiling))
  }

  reverse(order: Order): Promise<Reply<ReverseAnswer>> {
    return this.#call('reverse', order.outTradeNo, spoiling => this.#line.reverse(order, spoiling))
  }

  refund(request: RefundRequest): Promise<Reply<RefundAnswer>> {
    return this.#call('refund', request.outTradeNo, spoiling => this.#line.refund(request, spoiling))
  }

  refundQuery(order: Order): Promise<Reply<RefundQueryAnswer>> {
    return this.#call('refund_query', order.outTradeNo, spoiling => this.#line.refundQuery(order, spoiling))
  }

  refundState(request: RefundRequest): Promise<Reply<RefundStateAnswer>> {
    return this.#call('refund_query', request.outTradeNo, spoiling => this.#line.refundState(request, spoiling))
  }

  async close(): Promise<void> {}

  #call<Answer extends object>(kind: CallKind, outTradeNo: string, exchange: Exchange<Answer>): Promise<Reply<Answer>> {
    const { plan, story, sales } = this.#ground
    const numbered = sales.withNumber(outTradeNo)
    const charge = numbered?.sale.chargeId ?? null
    const about = `${kind}/${charge ?? 'nobody'}/${numbered?.tryNo ?? 0}`
    const call = `${about}/${plan.nth(about)}`
    const dice = plan.dice(call)
    const fate = drawFate(this.#ground, kind, call, dice)
    story.met(kind, fate.kind === 'not_sent' ? 'not sent' : fate.name)
    story.tell(charge, () => `${kind} ${outTradeNo}: ${fate.kind === 'not_sent' ? `not sent (${fate.why})` : fate.name}`)
    return new Promise(resolve => {
      const reply = (given: Reply<Answer>) => {
        story.tell(charge, () => `${kind} ${outTradeNo} replied: ${describe(given)}`)
        resolve(given)
      }
      if (fate.kind === 'sent') return this.#play({ kind, outTradeNo, call, dice }, fate, exchange, reply)
      this.#clock.exactlyAfter(fate.repliedAfter, () => {
        if (kind === 'submit') this.#checks.notSent(outTradeNo)
        reply({ kind: 'not_sent', why: fate.why })
      })
    })
  }

  #play<Answer>(
    { kind, outTradeNo, call, dice }: { kind: CallKind; outTradeNo: string; call: string; dice: Dice },
    fate: Sent,
    exchange: Exchange<Answer>,
    reply: (given: Reply<Answer>) => void,
  ): void {
    const { clock, engine, fortune, plan, settings, story } = this.#ground
    const { sentAfter, servedAfter, answeredAfter, spoiling } = fate
    const sentAt = this.#clock.now().mono + sentAfter
    if (kind === 'submit') this.#checks.leaves(outTradeNo, clock.mono + sentAfter)
    const giveUpAfter = settings.timing.answerWithinMs + dice.between(-20, 20)
    const isHeard = answeredAfter !== null && answeredAfter <= giveUpAfter
    if (spoiling.kind === 'err_code') story.met(`${kind} err_code`, spoiling.errCode)
    if (spoiling.kind === 'unverifiable' || spoiling.kind === 'altered') story.met('unverifiable', spoiling.how)
    let verdict: Verdict<Answer> | null = null
    const known = dice.chance(0.8) ? { sentAt } : {}
    const hear = () => {
      if (!isHeard || verdict === null) return reply({ kind: 'unknown', why: 'no_answer', ...known })
      const date = { date: clock.wall }
      if (verdict.kind === 'unknown') reply({ ...verdict, ...known, ...(dice.chance(0.5) ? date : {}) })
      else reply({ ...verdict, sentAt, ...date })
    }
    if (servedAfter !== null) {
      clock.after(servedAfter, () => {
        fortune.turnTo(plan.dice(`wechat/${call}`))
        verdict = exchange(spoiling)
        if (kind === 'submit') this.#debitLate(outTradeNo, call)
        if (kind === 'submit' && !isHeard) engine.answerLost(outTradeNo)
        if (isHeard && answeredAfter === servedAfter && this.#clock.runs) hear()
      })
    }
    if (!isHeard || answeredAfter !== servedAfter) this.#clock.exactlyAfter(isHeard ? answeredAfter : giveUpAfter, hear)
  }

  /** Some orders are debited although everybody thinks that they are dead. */
  #debitLate(outTradeNo: string, call: string): void {
    const { clock, engine, plan, sales, story } = this.#ground
    const afterMs = drawLateDebit(plan, call)
    if (afterMs === null) return
    clock.after(afterMs, () => {
      if (!engine.lateDebit(outTradeNo)) return
      story.met('late money', 'an order is debited late')
      story.tell(sales.withNumber(outTradeNo)?.sale.chargeId ?? null, () => `${outTradeNo} is debited late`)
    })
  }
}

function describe(reply: Reply<object>): string {
  return reply.kind === 'answered'
    ? Object.values(reply.answer)
        .filter(value => typeof value === 'string')
        .join(' ')
    : `${reply.kind} (${reply.why})`
}
