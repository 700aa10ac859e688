import { toFen } from '../../core/money.ts'
import { orderNumbers } from '../../core/order.ts'
import type { Undoing } from '../../core/undoing/state.ts'
import type { QueryAnswer, RefundQueryAnswer, ReverseAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, LANE, NO_ANSWER, PAID } from '../core-box/bench.ts'
import { SENT_CODE } from '../core-box/happenings.ts'
import type { Start } from '../core-box/table.ts'

const NOTPAY: QueryAnswer = { verdict: 'state', state: 'NOTPAY' }
const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }
const EXPIRED: ReverseAnswer = { verdict: 'refused', errCode: 'REVERSE_EXPIRE' }
const NO_REFUND: RefundQueryAnswer = { verdict: 'refused', errCode: 'REFUNDNOTEXIST' }
const STUCK: RefundQueryAnswer = { verdict: 'refunds', returned: toFen(0), processing: toFen(0), stuck: toFen(1_234) }
const ON_ITS_WAY: RefundQueryAnswer = { verdict: 'refunds', returned: toFen(0), processing: toFen(1_234), stuck: toFen(0) }

/** An order whose answer was lost, handed over just now: the first query of its undoing is under way. */
function handedOver(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan(SENT_CODE)
  bench.submitted(NO_ANSWER)
  bench.advance(30_000)
  return bench
}

/** The same, and one of the lane's questions was answered. */
function handedOverAsked(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan(SENT_CODE)
  bench.submitted(NO_ANSWER)
  bench.advance(5_000)
  bench.queried(answered(NOT_FOUND))
  bench.advance(25_000)
  return bench
}

/** Its first reverse is under way. */
function reversing(): Bench {
  const bench = handedOver()
  bench.queried(answered(NOTPAY))
  return bench
}

/** The reverse was answered so; the query after it is under way. */
function reversed(answer: ReverseAnswer): Bench {
  const bench = reversing()
  bench.reversed(answered(answer))
  if (bench.undoing?.call === null) bench.untilDue()
  return bench
}

/** Reversing is closed and the order is paid: its refund is under way. */
function refunding(): Bench {
  const bench = reversed(EXPIRED)
  bench.queried(answered(SUCCESS))
  return bench
}

function askingRefund(): Bench {
  const bench = refunding()
  bench.refunded(answered({ verdict: 'accepted' }))
  bench.untilDue()
  return bench
}

function at(bench: Bench): Start {
  return { bench, order: bench.order }
}

/** An order number that WeChat Pay has known, in every state of being asked about and reversed. */
export const REVERSAL_STARTS: Readonly<Record<string, () => Start>> = {
  'a reverse is under way': () => at(reversing()),
  'a query is due later, for the reverse had no answer': () => {
    const bench = reversing()
    bench.reversed(NO_ANSWER)
    return at(bench)
  },
  'a query is under way, for the reverse is done': () => at(reversed({ verdict: 'done' })),
  'a reverse is due later, for the order is still open': () => {
    const bench = reversed({ verdict: 'done' })
    bench.queried(answered(NOTPAY))
    return at(bench)
  },
  'a query is under way, for the reverse was refused for good': () => at(reversed(EXPIRED)),
}

/** The same, of which WeChat Pay has told nothing yet, or that it does not find it. */
export const UNSEEN_STARTS: Readonly<Record<string, () => Start>> = {
  'the first query is under way': () => at(handedOver()),
  'the first query is under way, and one of the lane was answered': () => at(handedOverAsked()),
  'a query is due later, for nobody has said anything of the order': () => {
    const bench = handedOver()
    bench.queried(NO_ANSWER)
    return at(bench)
  },
  'a reverse is due later, for the one before came too early to prove that there is no order': () => {
    const bench = handedOver()
    bench.queried(answered(NOT_FOUND))
    bench.reversed(answered({ verdict: 'done' }))
    bench.queried(answered(NOT_FOUND))
    return at(bench)
  },
  'a query is under way that may prove that there is no order': () => {
    const bench = handedOver()
    bench.queried(answered(NOT_FOUND))
    bench.reversed(answered({ verdict: 'done' }))
    bench.queried(answered(NOT_FOUND))
    bench.untilDue()
    bench.reversed(answered({ verdict: 'done' }))
    bench.queried(answered(NOT_FOUND))
    bench.untilDue()
    return at(bench)
  },
}

/** An order number in every state of being refunded. */
export const REFUND_STARTS: Readonly<Record<string, () => Start>> = {
  'a refund is under way': () => at(refunding()),
  'a refund query is due later': () => {
    const bench = refunding()
    bench.refunded(NO_ANSWER)
    return at(bench)
  },
  'a refund query is under way': () => at(askingRefund()),
  'a refund is due later, for there is none': () => {
    const bench = askingRefund()
    bench.refundQueried(answered(NO_REFUND))
    return at(bench)
  },
  'a refund query is under way, for one is on its way': () => {
    const bench = askingRefund()
    bench.refundQueried(answered(ON_ITS_WAY))
    bench.untilDue()
    return at(bench)
  },
  'a query is under way, for a person was asked to pay it back': () => {
    const bench = refunding()
    bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
    bench.untilDue()
    return at(bench)
  },
  'a refund query is under way, for a person was asked to pay it back': () => {
    const bench = askingRefund()
    bench.refundQueried(answered(STUCK))
    bench.untilDue()
    bench.queried(answered(SUCCESS))
    bench.untilDue()
    return at(bench)
  },
}

/** An order number of a journal that was moved, and with it its charge, which only a person ends: the first query is under way. */
function doubted(): Start {
  const before = new Bench({ settings: { board: { soc: '1000' } } }).prove()
  before.charge('A')
  before.scan(SENT_CODE)
  const bench = new Bench({ record: journalOf(before.rows), settings: { board: { soc: '2000' } } }).prove()
  return { bench, order: before.order }
}

/** The same, of which money has gone back: that is asked about. */
function doubtedRefunded(): Start {
  const { bench, order } = doubted()
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }), order?.outTradeNo)
  return { bench, order }
}

/** The same, of which it is known that it was paid; the next query is due later. */
function doubtedPaid(): Start {
  const { bench, order } = doubted()
  bench.queried(answered(SUCCESS), order?.outTradeNo)
  return { bench, order }
}

/** An order number of which nobody knows what registers were told of it. */
export const DOUBTED_STARTS: Readonly<Record<string, () => Start>> = {
  'a query is under way, of a journal in doubt': doubted,
  'a refund query is under way, of a journal in doubt': doubtedRefunded,
  'a query is due later, of a journal in doubt, and it is paid': doubtedPaid,
}

const SIGHTED = { none: '', not_found: 'asked', refunded: 'refunded', claimed: 'claimed', named: 'seen' } as const

/** Where the undoing stands, in some words. */
export function describeUndoing({ undoing }: Bench): string {
  return describe(undoing)
}

/** The same of the first number of charge A, which another life of the box has sent. */
export function describeDoubted({ box, settings }: Bench): string {
  return describe(box.undoing.get(orderNumbers(settings, LANE, 'A', 1).outTradeNo))
}

function describe(undoing: Undoing | undefined): string {
  if (undoing === undefined) return 'ended'
  const { at, next, call, reversedAt, notFound, paid, sighting } = undoing
  const known = [
    SIGHTED[sighting],
    reversedAt !== null && 'answered',
    at !== 'reversing' && at,
    paid !== null && 'paid',
    notFound > 0 && `not found ${notFound}`,
  ].filter(word => word !== false && word !== '')
  return `${next} ${call === null ? 'later' : 'under way'} (${known.join(', ')})`
}
