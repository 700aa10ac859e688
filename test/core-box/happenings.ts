import type { Happening } from '../../core/box/event.ts'
import { toFen } from '../../core/money.ts'
import { type Order, toOutTradeNo } from '../../core/order.ts'
import type { Reply } from '../../core/ports.ts'
import type {
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  TradeState,
} from '../../core/wechat/answer.ts'
import { type Bench, freshCode, LANE, NO_ANSWER, NOT_SENT, PAID } from './bench.ts'

/** Makes something happen to a box. `order` is the one in question, where there is one. */
export type Happens = (bench: Bench, order: Order | null) => void

/** Every kind of thing that can happen; a new one does not compile until it is here, and the tables fail until they name it. */
export type HappeningName = `${Happening['type']}: ${string}`

const UNKNOWN_ORDER: Order = { outTradeNo: toOutTradeNo('UNKNOWN-ORDER'), amount: toFen(1_234) }

const SUBMIT_REPLIES: readonly (readonly [string, SubmitAnswer | 'unknown' | 'not_sent'])[] = [
  ['paid', { verdict: 'paid', paid: PAID }],
  ['USERPAYING', refused('USERPAYING')],
  ['curable refusal', refused('NOTENOUGH')],
  ['incurable refusal', refused('NOAUTH')],
  ['set-up is wrong', refused('SIGNERROR')],
  ['unlisted code', refused('NEW_CODE')],
  ['unknown', 'unknown'],
  ['not sent', 'not_sent'],
]

const STATES: readonly Exclude<TradeState, 'SUCCESS'>[] = [
  'REFUND',
  'NOTPAY',
  'CLOSED',
  'REVOKED',
  'USERPAYING',
  'PAYERROR',
  'ACCEPT',
]

const QUERY_REPLIES: readonly (readonly [string, QueryAnswer | 'unknown' | 'not_sent'])[] = [
  ['SUCCESS', { verdict: 'state', state: 'SUCCESS', paid: PAID }],
  ...STATES.map(state => [state, { verdict: 'state', state }] as const),
  ['ORDERNOTEXIST', refused('ORDERNOTEXIST')],
  ['set-up is wrong', refused('SIGNERROR')],
  ['SYSTEMERROR', refused('SYSTEMERROR')],
  ['unlisted code', refused('NEW_CODE')],
  ['unknown', 'unknown'],
  ['not sent', 'not_sent'],
]

const REVERSE_REPLIES: readonly (readonly [string, ReverseAnswer | 'unknown' | 'not_sent'])[] = [
  ['done', { verdict: 'done' }],
  ['recall', { verdict: 'recall' }],
  ['refused for now', refused('SYSTEMERROR')],
  ['refused for good', refused('REVERSE_EXPIRE')],
  ['unlisted code', refused('NEW_CODE')],
  ['unknown', 'unknown'],
  ['not sent', 'not_sent'],
]

const REFUND_REPLIES: readonly (readonly [string, RefundAnswer | 'unknown' | 'not_sent'])[] = [
  ['accepted', { verdict: 'accepted' }],
  ['refused for now', refused('SYSTEMERROR')],
  ['refused for good', refused('NOTENOUGH')],
  ['unlisted code', refused('NEW_CODE')],
  ['unknown', 'unknown'],
  ['not sent', 'not_sent'],
]

const REFUND_QUERY_REPLIES: readonly (readonly [string, RefundQueryAnswer | 'unknown' | 'not_sent'])[] = [
  ['all back', refunds(1_234, 0, 0)],
  ['all on its way', refunds(0, 1_234, 0)],
  ['a part back', refunds(200, 0, 0)],
  ['stuck', refunds(0, 0, 1_234)],
  ['none', refused('REFUNDNOTEXIST')],
  ['unlisted code', refused('NEW_CODE')],
  ['unknown', 'unknown'],
  ['not sent', 'not_sent'],
]

const PAY_BACK_REPLIES: readonly (readonly [string, RefundAnswer | 'unknown' | 'not_sent'])[] = [
  ...REFUND_REPLIES,
  ['set-up is wrong', refused('SIGNERROR')],
]

const PAY_BACK_QUERY_REPLIES: readonly (readonly [string, RefundStateAnswer | 'unknown' | 'not_sent'])[] = [
  ['returned', { verdict: 'refund', status: 'returned' }],
  ['processing', { verdict: 'refund', status: 'processing' }],
  ['closed', { verdict: 'refund', status: 'closed' }],
  ['stuck', { verdict: 'refund', status: 'stuck' }],
  ['none', refused('REFUNDNOTEXIST')],
  ['SYSTEMERROR', refused('SYSTEMERROR')],
  ['unknown', 'unknown'],
  ['not sent', 'not_sent'],
]

/** A reply about the refund `R`, to the call that is under way; where none is, to one that was given up. */
function payBackReplies(): [HappeningName, Happens][] {
  return [
    ...PAY_BACK_REPLIES.map(([name, answer]): [HappeningName, Happens] => [
      `pay_back_replied: ${name}`,
      bench => bench.paidBack('R', replyOf(answer, bench)),
    ]),
    ...PAY_BACK_QUERY_REPLIES.map(([name, answer]): [HappeningName, Happens] => [
      `pay_back_query_replied: ${name}`,
      bench => bench.payBackQueried('R', replyOf(answer, bench)),
    ]),
  ]
}

function refused(errCode: string) {
  return { verdict: 'refused', errCode } as const
}

function refunds(returned: number, processing: number, stuck: number): RefundQueryAnswer {
  return { verdict: 'refunds', returned: toFen(returned), processing: toFen(processing), stuck: toFen(stuck) }
}

function replyOf<Answer>(answer: Answer | 'unknown' | 'not_sent', bench: Bench): Reply<Answer> {
  if (answer === 'unknown') return NO_ANSWER
  if (answer === 'not_sent') return NOT_SENT
  return { kind: 'answered', answer, sentAt: bench.now }
}

/** What is replied to. */
const CALLED = {
  query_replied: 'query',
  reverse_replied: 'reverse',
  refund_replied: 'refund',
  refund_query_replied: 'refund_query',
} as const

/** A reply to the call that is under way; where none is, to one that was given up. */
function replies<Answer>(
  type: 'submit_replied' | 'query_replied' | 'reverse_replied' | 'refund_replied' | 'refund_query_replied',
  answers: readonly (readonly [string, Answer | 'unknown' | 'not_sent'])[],
): [HappeningName, Happens][] {
  return answers.map(([name, answer]) => [
    `${type}: ${name}`,
    (bench, order) => {
      const { outTradeNo } = order ?? UNKNOWN_ORDER
      const askedAt = type === 'submit_replied' ? 0 : bench.askedAt(CALLED[type], outTradeNo)
      bench.post({ type, outTradeNo, askedAt, reply: replyOf(answer, bench) } as Happening)
    },
  ])
}

const PROBE_REPLIES: [HappeningName, Happens][] = [
  ['probe_replied: proven', bench => bench.post(probed(refused('ORDERNOTEXIST'), bench))],
  ['probe_replied: set-up is wrong', bench => bench.post(probed(refused('SIGNERROR'), bench))],
  ['probe_replied: unknown', bench => bench.post({ type: 'probe_replied', reply: NO_ANSWER })],
  ['probe_replied: not sent', bench => bench.post({ type: 'probe_replied', reply: NOT_SENT })],
  ['probe_reverse_replied: any answer', bench => bench.post(reversed(refused('NEW_CODE'), bench))],
  ['probe_reverse_replied: unknown', bench => bench.post({ type: 'probe_reverse_replied', reply: NO_ANSWER })],
  [
    'probe_reverse_replied: certificate refused',
    bench => bench.post({ type: 'probe_reverse_replied', reply: { kind: 'unknown', why: 'certificate_refused' } }),
  ],
]

function probed(answer: QueryAnswer, bench: Bench): Happening {
  return { type: 'probe_replied', reply: replyOf(answer, bench) }
}

function reversed(answer: ReverseAnswer, bench: Bench): Happening {
  return { type: 'probe_reverse_replied', reply: replyOf(answer, bench) }
}

const SCANS: [HappeningName, Happens][] = [
  ['scanned: fresh code', bench => bench.scan()],
  ['scanned: code sent before', bench => bench.scan(SENT_CODE)],
  ['scanned: begun too early', bench => scanBegun(bench, bench.now - 1)],
  ['scanned: too old', bench => scanBegun(bench, bench.now - 61_000)],
  ['scanned: goods', bench => bench.scan('6901234567892')],
  ['scanned: other wallet', bench => bench.scan('281234567890123456')],
  ['scanned: noise', bench => bench.scan('hello')],
]

/** The code that every bench of the tables has sent already, where it has sent one. */
export const SENT_CODE = freshCode()

function scanBegun(bench: Bench, mono: number): void {
  bench.post({ type: 'scanned', lane: LANE, scan: { text: freshCode(), beganAt: { mono, wall: bench.moment.wall } } })
}

const COMMANDS: [HappeningName, Happens][] = [
  ['commanded: charge, a new one', bench => bench.charge('NEW')],
  ['commanded: charge, the same', bench => bench.charge('A')],
  ['commanded: charge, the same for another amount', bench => bench.charge('A', { amount: toFen(99) })],
  ['commanded: cancel', bench => bench.cancel('A')],
  ['commanded: cancel, unknown', bench => bench.cancel('NEW')],
  ['commanded: lookup', bench => bench.lookup('A')],
  ['commanded: events', bench => bench.events()],
  ['commanded: scan, a fresh code', bench => bench.sendCode('A')],
  ['commanded: scan, a code sent before', bench => bench.sendCode('A', SENT_CODE)],
  ['commanded: scan, goods', bench => bench.sendCode('A', '6901234567892')],
  ['commanded: scan, unknown charge', bench => bench.sendCode('NEW')],
  ['commanded: refund', bench => bench.refund('R')],
  ['commanded: refund, another', bench => bench.refund('NEW')],
  ['commanded: refund, more than was paid', bench => bench.refund('NEW', { amount: toFen(1_235) })],
]

const REQUESTS: [HappeningName, Happens][] = [
  ['requested: charge, the same', bench => bench.request('charge', { request_id: 'r', charge_id: 'A', amount: 1_234 })],
  ['requested: cancel, unknown', bench => bench.request('cancel', { request_id: 'r', charge_id: 'NEW' })],
  ['requested: events', bench => bench.request('events', { request_id: 'r', after_seq: 0 })],
  ['requested: unreadable', bench => bench.request('charge', { request_id: 'r' })],
]

const OTHERS: [HappeningName, Happens][] = [
  ['tick: nothing is due', bench => bench.post({ type: 'tick' })],
  ['tick: its time is up', bench => bench.untilDue()],
  ['committed: all', bench => bench.post({ type: 'committed', ticket: bench.box.ticket })],
  ['committed: nothing new', bench => bench.post({ type: 'committed', ticket: bench.box.committed })],
  ['look_read: nothing is due', bench => bench.post({ type: 'look_read', next: { look: null, dueAt: null } })],
  ['look_read: the journal cannot be read', bench => bench.post({ type: 'look_read', next: null })],
  ['storage: fails', bench => bench.post({ type: 'storage', failing: true })],
  ['storage: works', bench => bench.post({ type: 'storage', failing: false })],
  ['health: a part fails', bench => bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_taken'] })],
  ['health: a part works', bench => bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: [] })],
  ['bill_compared: agrees', bench => bench.post({ type: 'bill_compared', differs: false })],
  ['stopping: now', bench => bench.post({ type: 'stopping' })],
]

export const HAPPENINGS: ReadonlyMap<HappeningName, Happens> = new Map([
  ...OTHERS,
  ...SCANS,
  ...COMMANDS,
  ...REQUESTS,
  ...replies('submit_replied', SUBMIT_REPLIES),
  ...replies('query_replied', QUERY_REPLIES),
  ...replies('reverse_replied', REVERSE_REPLIES),
  ...replies('refund_replied', REFUND_REPLIES),
  ...replies('refund_query_replied', REFUND_QUERY_REPLIES),
  ...payBackReplies(),
  ...PROBE_REPLIES,
  ['remembered: nothing', bench => bench.post({ type: 'remembered', heads: new Map() })],
])

const TYPES = Object.keys({
  tick: true,
  scanned: true,
  requested: true,
  commanded: true,
  submit_replied: true,
  query_replied: true,
  reverse_replied: true,
  refund_replied: true,
  refund_query_replied: true,
  pay_back_replied: true,
  pay_back_query_replied: true,
  look_read: true,
  probe_replied: true,
  probe_reverse_replied: true,
  committed: true,
  storage: true,
  health: true,
  bill_compared: true,
  remembered: true,
  stopping: true,
} satisfies Record<Exclude<Happening['type'], 'found' | 'event_restored' | 'journal_unreadable' | 'lock_stayed_shut'>, true>) // an answer to a look-up, and warnings: nothing to any payment

/** The types of happenings that no name in the list has. */
export function unnamedTypes(): string[] {
  const named = new Set([...HAPPENINGS.keys()].map(name => name.slice(0, name.indexOf(':'))))
  return TYPES.filter(type => !named.has(type))
}
