import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Charge } from '../../core/charge.ts'
import { viewCharge } from '../../core/contract/charge-view.ts'
import { viewRefund } from '../../core/contract/refund-view.ts'
import { toFen } from '../../core/money.ts'
import { toOutTradeNo } from '../../core/order.ts'
import { rfc3339 } from '../../core/time.ts'
import { traceOf } from '../../device/commands/trace.ts'
import { AT, chargeOf, refundOf } from '../journal/sample.ts'

const SECOND = toOutTradeNo('ORDER0002')

function event(seq: number, given: Partial<Charge>, more: object = {}) {
  const charge = viewCharge(chargeOf(given), 'counter-1', 'en')
  return { stream: 's', seq, event_id: `e${seq}`, type: 'charge', at: rfc3339(AT + seq * 1_000), charge, ...more }
}

const REFUSED = {
  attempt: 1,
  outTradeNo: toOutTradeNo('ORDER0001'),
  reason: 'code_expired',
  gatewayCode: 'AUTHCODEEXPIRE',
  at: rfc3339(AT),
} as const
const AGAIN = { outTradeNo: SECOND, attempt: 2, refusals: [REFUSED] }
const BACK = viewRefund({ ...refundOf(chargeOf(AGAIN), 'r1', 'returned'), amount: toFen(250) })

test('a trace says of every event when, what and why, and what is still on its way to the registers', () => {
  const text = traceOf({
    ok: true,
    charge: viewCharge(chargeOf({ ...AGAIN, state: 'paid', paid: { transactionId: '42' } }), 'counter-1', 'en'),
    attempts: [
      { out_trade_no: 'ORDER0001', try: 1, end: 'unpaid' },
      { out_trade_no: SECOND, try: 2, end: null, by_hand: true },
    ],
    refunds: [BACK],
    events: [
      event(1, {}, { clock_trusted: false }),
      event(2, { state: 'submitting' }, { clock_trusted: false, restored: true }),
      event(3, { ...AGAIN }),
      event(4, { ...AGAIN, state: 'reversing', reason: 'cancelled_by_register', cancelRequested: true }),
      event(5, { ...AGAIN, state: 'paid' }, { type: 'refund', refund: BACK }),
      event(
        6,
        { ...AGAIN, state: 'reversed' },
        { type: 'late_payment', late_payment: { out_trade_no: 'ORDER0001', amount: 1_250, returned: true } },
      ),
    ],
    waiting: [6],
  })
  const [happened = '', numbers = ''] = text.split("what happened (times are Beijing's)\n")[1]?.split('\n\n') ?? []
  assert.deepEqual(happened.split('\n'), [
    '  2027-01-02 11:04:06.678? #1  awaiting_scan  attempt 1, order ORDER0001  [the clock was not known to be right]',
    '  2027-01-02 11:04:07.678? #2  submitting  [the journal could not read this event any more: the charge as it stands]',
    '  2027-01-02 11:04:08.678  #3  awaiting_scan  after a refusal: code_expired AUTHCODEEXPIRE  attempt 2, order ORDER0002',
    '  2027-01-02 11:04:09.678  #4  reversing  cancelled_by_register  a cancel was asked for',
    '  2027-01-02 11:04:10.678  #5  refund r1 2.50  returned',
    '  2027-01-02 11:04:11.678  #6  late payment of 12.50 on ORDER0001  given back  [no broker has taken it]',
  ])
  assert.equal(
    numbers,
    'order numbers at WeChat Pay\n  1  ORDER0001  unpaid\n  2  ORDER0002  not ended: to be paid back by hand, and then settled',
  )
  assert.match(text, /\n\nrefunds\n {2}r1 {2}2\.50 {2}returned {2}[A-Z2-7]{32} {2}2027-01-02 11:04:05\.678 to /)
})
