import { test } from 'node:test'
import * as fc from 'fast-check'
import type { BoxSettings } from '../../core/box/settings.ts'
import { toFen } from '../../core/money.ts'
import type { Reply } from '../../core/ports.ts'
import type {
  QueryAnswer,
  RefundQueryAnswer,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  TradeState,
} from '../../core/wechat/answer.ts'
import { freshCode, NO_ANSWER, NOT_SENT, PAID, SETTINGS } from './bench.ts'
import { type CallEffect, Trial } from './trial.ts'

const LANES = ['main', 'side']
const AMOUNT = 1_234

const STATES: readonly TradeState[] = ['SUCCESS', 'REFUND', 'NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR', 'ACCEPT']
const SUBMIT_CODES = ['USERPAYING', 'SYSTEMERROR', 'NOTENOUGH', 'AUTHCODEEXPIRE', 'SIGNERROR', 'ORDERPAID', 'NEW_CODE']
const QUERY_CODES = ['ORDERNOTEXIST', 'ORDERNOTEXIST', 'SYSTEMERROR', 'SIGNERROR', 'NEW_CODE']
const REVERSE_CODES = ['SYSTEMERROR', 'USERPAYING', 'REVERSE_EXPIRE', 'NEW_CODE']
const REFUND_CODES = ['SYSTEMERROR', 'NOTENOUGH', 'NEW_CODE']
const REFUNDS: readonly RefundQueryAnswer[] = [
  { verdict: 'refunds', returned: toFen(AMOUNT), processing: toFen(0), stuck: toFen(0) },
  { verdict: 'refunds', returned: toFen(0), processing: toFen(AMOUNT), stuck: toFen(0) },
  { verdict: 'refunds', returned: toFen(200), processing: toFen(0), stuck: toFen(0) },
  { verdict: 'refunds', returned: toFen(0), processing: toFen(0), stuck: toFen(AMOUNT) },
  { verdict: 'refused', errCode: 'REFUNDNOTEXIST' },
  { verdict: 'refused', errCode: 'SYSTEMERROR' },
]

const REFUND_STATES: readonly RefundStateAnswer[] = [
  { verdict: 'refund', status: 'returned' },
  { verdict: 'refund', status: 'processing' },
  { verdict: 'refund', status: 'closed' },
  { verdict: 'refund', status: 'stuck' },
  { verdict: 'refused', errCode: 'REFUNDNOTEXIST' },
  { verdict: 'refused', errCode: 'SYSTEMERROR' },
]

type Deed = (trial: Trial) => void

/** Anything a gateway, or the way to it, can make of a call; `die` chooses. */
function replyTo<Answer>(answers: readonly Answer[], die: number, sentAt: number): Reply<Answer> {
  const answer = answers[die % (answers.length + 2)]
  return answer === undefined ? NO_ANSWER : { kind: 'answered', answer, sentAt }
}

const refused = (errCode: string) => ({ verdict: 'refused', errCode }) as const
const SUBMIT_ANSWERS: readonly SubmitAnswer[] = [{ verdict: 'paid', paid: PAID }, ...SUBMIT_CODES.map(refused)]
const QUERY_ANSWERS: readonly QueryAnswer[] = [
  ...STATES.map(
    (state): QueryAnswer => (state === 'SUCCESS' ? { verdict: 'state', state, paid: PAID } : { verdict: 'state', state }),
  ),
  ...QUERY_CODES.map(refused),
]
const REVERSE_ANSWERS: readonly ReverseAnswer[] = [{ verdict: 'done' }, { verdict: 'recall' }, ...REVERSE_CODES.map(refused)]
const REFUND_ANSWERS = [{ verdict: 'accepted' } as const, ...REFUND_CODES.map(refused)]

/** Answers a call with whatever the die says. */
function answer(trial: Trial, call: CallEffect, die: number): void {
  const { now, watch } = trial
  switch (call.do) {
    case 'submit': {
      const { outTradeNo } = call.request
      const reply = die % 11 === 10 ? NOT_SENT : replyTo(SUBMIT_ANSWERS, die, now)
      if (reply.kind === 'answered' && reply.answer.verdict === 'paid') watch.answeredPaid(outTradeNo)
      return trial.post({ type: 'submit_replied', outTradeNo, reply })
    }
    case 'query': {
      const { outTradeNo } = call.order
      const reply = replyTo(QUERY_ANSWERS, die, now)
      if (reply.kind === 'answered' && 'paid' in reply.answer) watch.answeredPaid(outTradeNo)
      return trial.post({ type: 'query_replied', outTradeNo, askedAt: call.askedAt, reply })
    }
    case 'reverse':
      return trial.post({
        type: 'reverse_replied',
        outTradeNo: call.order.outTradeNo,
        askedAt: call.askedAt,
        reply: replyTo(REVERSE_ANSWERS, die, now),
      })
    case 'refund':
      return trial.post({
        type: 'refund_replied',
        outTradeNo: call.order.outTradeNo,
        askedAt: call.askedAt,
        reply: replyTo(REFUND_ANSWERS, die, now),
      })
    case 'refund_query':
      return trial.post({
        type: 'refund_query_replied',
        outTradeNo: call.order.outTradeNo,
        askedAt: call.askedAt,
        reply: replyTo(REFUNDS, die, now),
      })
    case 'pay_back': {
      const { lane, refundId, askedAt } = call
      return trial.post({ type: 'pay_back_replied', lane, refundId, askedAt, reply: replyTo(REFUND_ANSWERS, die, now) })
    }
    case 'pay_back_query': {
      const { lane, refundId, askedAt } = call
      const reply = replyTo(REFUND_STATES, die, now)
      if (reply.kind === 'answered' && reply.answer.verdict === 'refund' && reply.answer.status === 'returned')
        watch.answeredReturned(call.request.outRefundNo)
      return trial.post({ type: 'pay_back_query_replied', lane, refundId, askedAt, reply })
    }
    case 'probe':
      return trial.post({ type: 'probe_replied', reply: replyTo(QUERY_CODES.map(refused), die, now) })
    case 'probe_reverse':
      return trial.post({ type: 'probe_reverse_replied', reply: replyTo(REVERSE_ANSWERS, die, now) })
    default:
      call satisfies never
  }
}

/** A deed that shows what it is when a run fails. */
function deed(label: string, run: Deed): Deed {
  return Object.assign((trial: Trial) => run(trial), { [fc.toStringMethod]: () => label })
}

const lane = fc.constantFrom(...LANES)
const chargeId = fc.constantFrom('A', 'B', 'C')
const die = fc.nat(1_000)

const reply = fc.tuple(die, die, fc.boolean()).map(([which, how, again]) =>
  deed(`reply to call ${which} with ${how}${again ? ', and keep it open' : ''}`, trial => {
    const call = trial.calls[which % trial.calls.length]
    if (call === undefined) return
    if (!again) trial.calls = trial.calls.filter(other => other !== call)
    answer(trial, call, how)
  }),
)
const scan = fc.tuple(lane, fc.constantFrom('fresh', 'fresh', 'fresh', 'known', 'goods', 'early')).map(([name, kind]) =>
  deed(`scan ${kind} at ${name}`, trial => {
    const text = kind === 'goods' ? '6901234567892' : kind === 'known' ? (trial.codes.at(-1) ?? '') : freshCode()
    if (kind === 'fresh' || kind === 'early') trial.codes.push(text)
    const beganAt = { mono: trial.now - (kind === 'early' ? 30_000 : 0), wall: trial.moment.wall }
    trial.post({ type: 'scanned', lane: name, scan: { text, beganAt } })
  }),
)
const charge = fc.tuple(lane, chargeId, fc.constantFrom(AMOUNT, AMOUNT, AMOUNT, 99)).map(([name, id, amount]) =>
  deed(`charge ${id} at ${name}`, trial => {
    const command = { verb: 'charge', requestId: 'r', lane: name, chargeId: id, attemptsMax: 3, expiresInMs: 60_000 } as const
    trial.command({ ...command, amount: toFen(amount) })
  }),
)
const cancel = fc
  .tuple(lane, chargeId)
  .map(([name, id]) =>
    deed(`cancel ${id} at ${name}`, trial => trial.command({ verb: 'cancel', requestId: 'r', lane: name, chargeId: id })),
  )
const refund = fc
  .tuple(lane, chargeId, fc.constantFrom('R1', 'R2', 'R3'), fc.constantFrom(500, 734, AMOUNT))
  .map(([name, id, refundId, amount]) =>
    deed(`refund ${amount} of ${id} at ${name} as ${refundId}`, trial =>
      trial.command({ verb: 'refund', requestId: 'r', lane: name, refundId, chargeId: id, amount: toFen(amount) }),
    ),
  )
const wait = fc.oneof(fc.nat(3_000), fc.nat(20_000), fc.nat(120_000)).map(ms => deed(`wait ${ms} ms`, trial => trial.advance(ms)))
const commit = fc.constantFrom(1, 2, Number.POSITIVE_INFINITY).map(count => deed(`commit ${count}`, trial => trial.commit(count)))
const storage = fc
  .boolean()
  .map(failing => deed(`storage ${failing ? 'fails' : 'works'}`, trial => trial.post({ type: 'storage', failing })))
const crash = fc.constant(deed('power cut', trial => trial.crash()))
const prove = deed('the gateway proves itself', trial => {
  trial.commit(Number.POSITIVE_INFINITY)
  for (const kind of ['probe', 'probe_reverse']) {
    trial.advance(40_000)
    const call = trial.calls.findLast(({ do: what }) => what === kind)
    if (call !== undefined) answer(trial, call, 0)
  }
})

const deeds = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: reply },
    { weight: 4, arbitrary: scan },
    { weight: 4, arbitrary: charge },
    { weight: 5, arbitrary: commit },
    { weight: 3, arbitrary: wait },
    { weight: 1, arbitrary: cancel },
    { weight: 4, arbitrary: refund },
    { weight: 1, arbitrary: storage },
    { weight: 1, arbitrary: crash },
    { weight: 1, arbitrary: fc.constant(prove) },
  ),
  { maxLength: 120, size: 'max' },
)

/** The world heals: the disk writes, and the gateway answers every call with the truth, which is that nothing is owed. */
function heal(trial: Trial): void {
  trial.post({ type: 'storage', failing: false })
  for (let turn = 0; turn < 400; turn += 1) {
    trial.commit(Number.POSITIVE_INFINITY)
    const calls = trial.calls
    trial.calls = []
    for (const call of calls) {
      if (call.do === 'query') {
        const reply = { kind: 'answered', answer: { verdict: 'state', state: 'CLOSED' }, sentAt: trial.now } as const
        trial.post({ type: 'query_replied', outTradeNo: call.order.outTradeNo, askedAt: call.askedAt, reply })
      } else answer(trial, call, 0)
    }
    trial.advance(5_000)
  }
  trial.commit(Number.POSITIVE_INFINITY)
}

function holdsWith(undo: 'reverse' | 'none', kiosks: BoxSettings['kiosks'] = new Map()) {
  return fc.property(deeds, list => {
    const trial = new Trial({ ...SETTINGS, lanes: LANES, undo, kiosks })
    prove(trial)
    for (const run of list) run(trial)
    heal(trial)
    trial.watch.atRest()
  })
}

test('whatever happens, in any order, the money rules hold, and once the world heals everything ends', () =>
  fc.assert(holdsWith('reverse'), { numRuns: 400 }))

test('the money rules hold without a certificate too', () => fc.assert(holdsWith('none'), { numRuns: 400 }))

test('the money rules hold at a kiosk beside a register', () => {
  const kiosks = new Map([['side', { amount: toFen(AMOUNT), description: 'Entry', hasLock: true }]])
  return fc.assert(holdsWith('reverse', kiosks), { numRuns: 200 })
})
