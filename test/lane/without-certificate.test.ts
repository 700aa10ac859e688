import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, NO_ANSWER, NOT_SENT, PAID } from '../core-box/bench.ts'

const UNDO_NONE = { settings: { undo: 'none' } } as const
const LONGEST_MS = 90_000 + 60_000
const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const CLOSED: QueryAnswer = { verdict: 'state', state: 'CLOSED' }

function submitted(): Bench {
  const bench = new Bench(UNDO_NONE).prove()
  bench.charge('A')
  bench.scan()
  return bench
}

/** Nobody answered anything for as long as the lane asks. */
function leftToPerson(): Bench {
  const bench = submitted()
  bench.submitted(NO_ANSWER)
  bench.advance(LONGEST_MS)
  return bench
}

function neverUndoes(bench: Bench): void {
  for (const kind of ['reverse', 'refund', 'probe_reverse'] as const) assert.equal(bench.all(kind).length, 0)
  assert.ok(!bench.states.includes('reversing'))
}

test('the lane asks for 150 s, then a person decides and the lane is free', () => {
  const bench = submitted()
  bench.submitted(NO_ANSWER)
  bench.advance(LONGEST_MS - 1)
  assert.equal(bench.book.lane.at, 'asking')
  bench.advance(1)
  assert.equal(bench.book.lane.at, 'idle')
  assert.equal(bench.told.at(-1)?.charge.state, 'confirming')
  assert.equal(bench.told.at(-1)?.charge.advice_code, 'call_technician')
  bench.charge('B')
  assert.equal(bench.states.at(-1), 'awaiting_scan')
  neverUndoes(bench)
})

test('what was left to a person is asked about on, and ends paid or declined', () => {
  for (const [answer, end] of [
    [SUCCESS, 'paid'],
    [CLOSED, 'declined'],
  ] as const) {
    const bench = leftToPerson()
    bench.queried(NO_ANSWER)
    bench.untilDue()
    bench.queried(answered(answer))
    assert.equal(bench.states.at(-1), end)
    assert.equal(bench.told.at(-1)?.charge.reason, end === 'paid' ? undefined : 'payer_timeout')
    assert.equal(bench.box.undoing.size, 0)
    neverUndoes(bench)
  }
})

test('WeChat Pay closes the unpaid order: declined, payer_timeout', () => {
  const bench = submitted()
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  bench.advance(45_000)
  bench.queried(answered(CLOSED))
  assert.equal(bench.told.at(-1)?.charge.state, 'declined')
  assert.equal(bench.told.at(-1)?.charge.reason, 'payer_timeout')
})

test('a cancel is only a wish: the charge ends paid, and says that it was wished', () => {
  for (const prepare of [submitted, leftToPerson]) {
    const bench = prepare()
    bench.cancel('A')
    if (bench.book.lane.at === 'submitting') bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
    else bench.queried(answered(SUCCESS))
    assert.equal(bench.told.at(-1)?.charge.state, 'paid')
    assert.equal(bench.told.at(-1)?.charge.cancel_requested, true)
  }
})

test('after the wish a refusal is not scanned again', () => {
  const bench = submitted()
  bench.cancel('A')
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  assert.equal(bench.states.at(-1), 'declined')
})

test('after the wish a code that never left is not scanned again either', () => {
  const bench = submitted()
  bench.cancel('A')
  bench.submitted(NOT_SENT)
  assert.equal(bench.told.at(-1)?.charge.state, 'cancelled')
  assert.equal(bench.told.at(-1)?.charge.reason, 'cancelled_by_register')
})

test('a refused attempt that is paid after all pays for the charge that waits for another scan', () => {
  const bench = submitted()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  bench.queried(answered(SUCCESS), first)
  const last = bench.told.at(-1)?.charge
  assert.equal(last?.state, 'paid')
  assert.equal(last?.out_trade_no, first)
  assert.equal(bench.book.lane.at, 'idle')
})

test('a refused attempt that is paid after all, while the next code is out: paid once, the other is watched', () => {
  const bench = submitted()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.scan()
  const second = bench.order.outTradeNo
  bench.queried(answered(SUCCESS), first)
  assert.equal(bench.told.at(-1)?.charge.out_trade_no, first)
  assert.deepEqual([...bench.box.undoing.keys()], [second])
  bench.queried(answered(CLOSED), second)
  assert.deepEqual(bench.states, ['awaiting_scan', 'submitting', 'confirming', 'awaiting_scan', 'submitting', 'paid'])
})

test('a refused attempt that is paid after all, while the next code is asked about: paid once, the other is watched', () => {
  const bench = submitted()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.scan()
  const second = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  assert.equal(bench.book.lane.at, 'asking')
  bench.queried(answered(SUCCESS), first)
  assert.equal(bench.told.at(-1)?.charge.out_trade_no, first)
  assert.equal(bench.states.at(-1), 'paid')
  assert.deepEqual([...bench.box.undoing.keys()], [second])
})

test('money that went back by other hands is not refunded once more', () => {
  const bench = submitted()
  bench.submitted(NO_ANSWER)
  bench.advance(5_000)
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  bench.refundQueried(answered({ verdict: 'refused', errCode: 'REFUNDNOTEXIST' }))
  bench.advance(600_000)
  neverUndoes(bench)
})

test('after a power cut nothing is reversing: an armed charge is asked about and cancelled, or found paid', () => {
  const before = new Bench(UNDO_NONE).prove()
  before.charge('A')
  const record = journalOf(before.rows)
  before.scan()
  const { outTradeNo } = before.order
  for (const [answer, end] of [
    [SUCCESS, 'paid'],
    [{ verdict: 'refused', errCode: 'ORDERNOTEXIST' }, 'cancelled'],
  ] as const) {
    const bench = new Bench({ record, ...UNDO_NONE }).prove()
    assert.equal(bench.book.lane.at, 'idle', 'its lane is free at once')
    for (let turn = 0; turn < 200 && bench.box.undoing.size > 0; turn += 1) {
      bench.untilDue()
      for (const { order, call } of bench.box.undoing.values()) {
        if (call === null) continue
        const found = order.outTradeNo === outTradeNo ? answer : ({ verdict: 'refused', errCode: 'ORDERNOTEXIST' } as const)
        bench.queried(answered(found), order.outTradeNo)
      }
    }
    assert.equal(bench.states.at(-1), end)
    if (end === 'paid') assert.equal(bench.told.at(-1)?.charge.out_trade_no, outTradeNo)
    neverUndoes(bench)
  }
})

test('what was left to a person before a power cut does not take the lane again', () => {
  const record = journalOf(leftToPerson().rows)
  const bench = new Bench({ record, ...UNDO_NONE }).prove()
  assert.equal(bench.book.lane.at, 'idle')
  assert.equal(bench.book.background.get('A')?.state, 'confirming')
  assert.deepEqual(bench.states, [], 'nothing has changed, so nothing is told')
})

test('a charge that was told to be undone is not called reversed when the certificate is gone and it is paid', () => {
  const before = new Bench().prove()
  before.charge('A')
  before.scan()
  before.cancel('A')
  const bench = new Bench({ record: journalOf(before.rows), ...UNDO_NONE }).prove()
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  assert.equal(bench.told.at(-1)?.charge.state, 'reversing')
  assert.equal(bench.told.at(-1)?.charge.advice_code, 'pay_back_by_hand')
  bench.untilDue()
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  assert.equal(bench.told.length, 1, 'said once')
  assert.equal(bench.box.undoing.size, 1, 'and watched on')
})

test('a refusal that was false: when its order is paid after the charge was declined, that is told as late money, and left to a person', () => {
  const bench = submitted()
  bench.cancel('A')
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  assert.equal(bench.states.at(-1), 'declined')
  bench.queried(answered({ verdict: 'state', state: 'USERPAYING' }))
  bench.untilDue()
  bench.queried(answered(SUCCESS))
  const { type, charge, late_payment: late } = bench.told.at(-1) ?? assert.fail()
  assert.deepEqual(
    [type, charge.state, late?.out_trade_no, late?.returned],
    ['late_payment', 'declined', bench.order.outTradeNo, false],
  )
  assert.deepEqual(
    bench.all('call_person').map(({ reason }) => reason),
    ['refund_refused'],
  )
  assert.notEqual(bench.undoing, undefined, 'it is watched until the money is back')
  neverUndoes(bench)
})

test('the lights play every refusal: of a code that comes too late, and of one that never left where nothing can be undone', () => {
  const late = new Bench().prove()
  late.charge('A')
  late.now += 120_000
  late.scan()
  assert.equal(late.all('show').at(-1)?.pattern, 'wrong_code')
  const cancelled = submitted()
  cancelled.cancel('A')
  cancelled.submitted(NOT_SENT)
  assert.equal(cancelled.all('show').at(-1)?.pattern, 'refused')
  const expired = submitted()
  expired.now += 120_000
  expired.submitted(NOT_SENT)
  assert.equal(expired.states.at(-1), 'declined')
  assert.equal(expired.all('show').at(-1)?.pattern, 'refused')
})
