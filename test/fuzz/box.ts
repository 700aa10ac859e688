import type { Effect } from '../../core/box/effect.ts'
import type { Happening } from '../../core/box/event.ts'
import { recover } from '../../core/box/recover.ts'
import type { Box } from '../../core/box/state.ts'
import { step } from '../../core/box/step.ts'
import { wakeAt } from '../../core/box/wake.ts'
import { toFen } from '../../core/money.ts'
import { EMPTY, LANE, PAID, SETTINGS } from '../core-box/bench.ts'
import { demand } from './subject.ts'

const WALL = Date.UTC(2027, 0, 1)
/** Charges that a quiet world leaves open at once, with everything that hangs on them. */
const OPEN_MAX = 100

/** A box whose disk and gateway do at once whatever is asked of them, and which forgets what it said. */
export class FuzzBox {
  box: Box
  #now = 1_000
  #turn = 0

  constructor() {
    const output = recover(EMPTY, this.#moment, SETTINGS)
    this.box = output.box
    this.post({ type: 'tick' })
  }

  get lane(): Box['lanes'] extends ReadonlyMap<string, infer Book> ? Book : never {
    const book = this.box.lanes.get(LANE)
    demand(book !== undefined, 'the lane is there')
    return book
  }

  get #moment() {
    return { mono: this.#now, wall: WALL + this.#now }
  }

  /** Everything that left the box because of it, payment codes on their way to WeChat Pay left out, as text. */
  post(happening: Happening): string {
    const said: string[] = []
    const waiting: Happening[] = [happening]
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { box, effects, commit } = step(this.box, { ...next, at: this.#moment }, SETTINGS)
      this.box = box
      if (commit !== null) waiting.push({ type: 'committed', ticket: commit.ticket })
      said.push(JSON.stringify(commit?.rows ?? []))
      for (const effect of effects) {
        said.push(JSON.stringify({ ...effect, code: undefined }))
        waiting.push(...this.#reply(effect))
      }
    }
    demand(this.box.undoing.size <= OPEN_MAX && this.lane.background.size <= OPEN_MAX, 'what is open is bounded')
    return said.join('\n')
  }

  /** Lets time pass until the box wants to be woken, at most `ms`. */
  wait(ms: number): string {
    this.#now = Math.min(Math.max(this.#now, wakeAt(this.box)), this.#now + ms)
    return this.post({ type: 'tick' })
  }

  #reply(effect: Effect): Happening[] {
    this.#turn += 1
    const sentAt = this.#now
    switch (effect.do) {
      case 'submit': {
        const errCode = ['USERPAYING', 'NOTENOUGH', 'SYSTEMERROR', 'SIGNERROR'][this.#turn % 8]
        const answer =
          errCode === undefined ? ({ verdict: 'paid', paid: PAID } as const) : ({ verdict: 'refused', errCode } as const)
        const { outTradeNo } = effect.request
        return [{ type: 'submit_replied', outTradeNo, reply: { kind: 'answered', answer, sentAt } }]
      }
      case 'query': {
        const { order, askedAt } = effect
        const state = (['USERPAYING', 'CLOSED', 'NOTPAY', 'REVOKED'] as const)[this.#turn % 4] ?? 'CLOSED'
        const reply = { kind: 'answered', answer: { verdict: 'state', state }, sentAt } as const
        return [{ type: 'query_replied', outTradeNo: order.outTradeNo, askedAt, reply }]
      }
      case 'reverse':
        return [
          {
            type: 'reverse_replied',
            outTradeNo: effect.order.outTradeNo,
            askedAt: effect.askedAt,
            reply: { kind: 'answered', answer: { verdict: 'done' }, sentAt },
          },
        ]
      case 'pay_back': {
        const { lane, refundId, askedAt } = effect
        const reply = { kind: 'answered', answer: { verdict: 'accepted' }, sentAt } as const
        return [{ type: 'pay_back_replied', lane, refundId, askedAt, reply }]
      }
      case 'pay_back_query': {
        const { lane, refundId, askedAt } = effect
        const reply = { kind: 'answered', answer: { verdict: 'refund', status: 'returned' }, sentAt } as const
        return [{ type: 'pay_back_query_replied', lane, refundId, askedAt, reply }]
      }
      case 'find': {
        // the first number was paid, now and then
        const { to, command, numbers } = effect
        const paid = { verdict: 'state', state: 'SUCCESS', amount: toFen(1_234), paid: PAID } as const
        const unknown = { verdict: 'refused', errCode: 'ORDERNOTEXIST' } as const
        const answerOf = (at: number) => (at === 0 && this.#turn % 2 === 0 ? paid : unknown)
        const replies = numbers.map((number, at) => ({
          ...number,
          reply: { kind: 'answered', answer: answerOf(at), sentAt } as const,
        }))
        return [{ type: 'found', to, command, replies }]
      }
      case 'probe':
        return [
          {
            type: 'probe_replied',
            reply: { kind: 'answered', answer: { verdict: 'refused', errCode: 'ORDERNOTEXIST' }, sentAt },
          },
        ]
      case 'probe_reverse':
        return [{ type: 'probe_reverse_replied', reply: { kind: 'answered', answer: { verdict: 'done' }, sentAt } }]
      default:
        return []
    }
  }
}
