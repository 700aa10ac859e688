import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewStatus } from '../../core/box/view.ts'
import type { SettleCommand } from '../../core/contract/verb/settle.ts'
import type { OutTradeNo } from '../../core/order.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, LANE, NO_ANSWER, PAID } from './bench.ts'

const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }

function settle(bench: Bench, of: SettleCommand['of']): { ok: boolean; error?: { code: string; field?: string } } {
  const found = { charge: null, refunds: [], page: null }
  const effects = bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of }, found)
  const answers = effects.flatMap(effect => ('to' in effect && 'body' in effect ? [effect.body] : []))
  assert.equal(answers.length, 1, 'a person is answered')
  return answers[0] as { ok: boolean; error?: { code: string; field?: string } }
}

/** Paid all the same, past reversing, and WeChat Pay refuses the refund: a person was asked. */
function refundRefused(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  bench.queried(NO_ANSWER)
  bench.advance(25_000)
  bench.reversed(answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' }))
  bench.untilDue()
  bench.queried(answered(SUCCESS))
  bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  assert.equal(bench.told.at(-1)?.charge.reason, 'refund_refused')
  return bench
}

/** Told to be undone while there was a certificate, and paid after there was none: a person was asked. */
function lateWithoutCertificate(): Bench {
  const before = new Bench().prove()
  before.charge('A')
  before.scan()
  before.cancel('A')
  const bench = new Bench({ record: journalOf(before.rows), settings: { undo: 'none' } }).prove()
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  assert.equal(bench.told.at(-1)?.charge.reason, 'refund_refused')
  return bench
}

/** With `undo: none` nobody answered for as long as the lane asks. */
function leftToPerson(): Bench {
  const bench = new Bench({ settings: { undo: 'none' } }).prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(150_000)
  assert.equal(bench.told.at(-1)?.charge.advice_code, 'call_technician')
  return bench
}

test('what a person paid back by hand ends reversed, is told, and is asked about no more, across a restart too', () => {
  const bench = refundRefused()
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' }).ok, true)
  const { charge } = bench.told.at(-1) ?? assert.fail()
  assert.deepEqual([charge.state, charge.outcome, charge.reason], ['reversed', 'not_paid', 'settled_by_person'])
  assert.equal(bench.box.undoing.size, 0)
  const record = journalOf(bench.rows)
  assert.deepEqual(record.lanes.get(LANE)?.attempts, [])
  assert.equal(new Bench({ record }).box.undoing.size, 0)
})

/** Its first number was refused and is asked about still; a person was asked about the second. */
function oneOfTwoRefused(): { bench: Bench; first: OutTradeNo } {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.queried(NO_ANSWER)
  bench.scan()
  bench.cancel('A')
  bench.queried(NO_ANSWER)
  for (let turn = 0; turn < 9 && bench.all('refund').length === 0; turn += 1) {
    for (const effect of bench.untilDue()) {
      if (effect.do === 'query')
        bench.queried(effect.order.outTradeNo === first ? NO_ANSWER : answered(SUCCESS), effect.order.outTradeNo)
      if (effect.do !== 'reverse') continue
      const refused = answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' } as const)
      bench.reversed(effect.order.outTradeNo === first ? NO_ANSWER : refused, effect.order.outTradeNo)
    }
  }
  bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  assert.equal(bench.told.at(-1)?.charge.reason, 'refund_refused')
  return { bench, first }
}

test('a number that nobody was asked about goes on being undone when a person settles the charge', () => {
  const { bench, first } = oneOfTwoRefused()
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' }).ok, true)
  assert.equal(bench.states.at(-1), 'reversed')
  assert.deepEqual([...bench.box.undoing.keys()], [first])
  assert.deepEqual([...new Bench({ record: journalOf(bench.rows) }).box.undoing.keys()], [first])
})

test('what a person was asked to pay back is left to the person after a restart too', () => {
  const before = refundRefused()
  const { outTradeNo } = before.order
  const bench = new Bench({ record: journalOf(before.rows) }).prove()
  assert.deepEqual(viewStatus(bench.box, bench.settings).warnings, ['needs_person'])
  for (let turn = 0; turn < 9; turn += 1) {
    for (const effect of bench.untilDue()) if (effect.do === 'query') bench.queried(answered(SUCCESS), outTradeNo)
  }
  assert.deepEqual([...bench.all('reverse'), ...bench.all('refund')], [])
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' }).ok, true)
  assert.equal(bench.rows.findLast(row => row.put === 'attempt')?.attempt.end, 'returned')
})

test('what a person was asked to pay back is kept as every release before wrote it, so an older one reads it too', () => {
  const { rows, order } = refundRefused()
  const { attempt } = rows.findLast(row => row.put === 'attempt') ?? assert.fail()
  const { outTradeNo } = order
  assert.deepEqual(attempt, { outTradeNo, lane: LANE, chargeId: 'A', tryNo: 1, end: null, byHand: true })
})

test('with undo: none what a person was asked to pay back is not over because it is not found after a restart', () => {
  const before = lateWithoutCertificate()
  const bench = new Bench({ record: journalOf(before.rows), settings: { undo: 'none' } }).prove()
  for (let turn = 0; turn < 9; turn += 1) {
    for (const effect of bench.untilDue())
      if (effect.do === 'query')
        bench.queried(answered({ verdict: 'refused', errCode: 'ORDERNOTEXIST' }), effect.order.outTradeNo)
  }
  assert.deepEqual(viewStatus(bench.box, bench.settings).warnings, ['needs_person'])
})

test('what a person was asked to pay back stays so where a restart makes its payment look older than its charge', () => {
  const bench = new Bench({ record: journalOf(lateWithoutCertificate().rows), settings: { undo: 'none' } }).prove()
  const older: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: { ...PAID, paidAt: '2000-01-01T00:00:00Z' } }
  for (let turn = 0; turn < 9; turn += 1) {
    for (const effect of bench.untilDue()) if (effect.do === 'query') bench.queried(answered(older), effect.order.outTradeNo)
  }
  assert.deepEqual(
    [...bench.box.undoing.values()].map(({ at }) => at),
    ['by_hand'],
  )
})

test('what a person has paid back is not taken for late money, though nobody has asked about it since the restart', () => {
  const bench = new Bench({ record: journalOf(refundRefused().rows) }).prove()
  settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' })
  assert.equal(bench.rows.filter(row => row.put === 'look').length, 0)
})

test('the answer waits for the commit', () => {
  const bench = refundRefused()
  bench.holdCommits = true
  settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' })
  assert.ok(bench.effects.filter(effect => 'to' in effect).every(({ wait }) => wait === 'committed'))
})

test('a charge that was told to be undone is not made paid by a person either', () => {
  const bench = refundRefused()
  const { error } = settle(bench, { kind: 'charge', chargeId: 'A', as: 'paid' })
  assert.deepEqual([error?.code, error?.field], ['invalid', 'as'])
  assert.equal(bench.states.at(-1), 'reversing')
})

for (const [as, state, outcome] of [
  ['paid', 'paid', 'paid'],
  ['not_paid', 'declined', 'not_paid'],
] as const) {
  test(`with undo: none a person decides what nobody answers: ${as}`, () => {
    const bench = leftToPerson()
    assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as }).ok, true)
    const { charge } = bench.told.at(-1) ?? assert.fail()
    assert.deepEqual([charge.state, charge.outcome, charge.reason], [state, outcome, 'settled_by_person'])
    assert.equal(bench.box.undoing.size, 0)
    assert.deepEqual(journalOf(bench.rows).lanes.get(LANE)?.open, [])
  })
}

test('what the box is still at is not settled by a person: the money could move twice', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' }).error?.code, 'busy', 'armed')
  bench.scan()
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' }).error?.code, 'busy', 'sent')
  bench.cancel('A')
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' }).error?.code, 'busy', 'being undone')
  assert.equal(bench.box.undoing.size, 1)
})

test('what has ended, and what is not known, is named', () => {
  const bench = refundRefused()
  settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' })
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' }).error?.code, 'already_final')
  assert.equal(settle(bench, { kind: 'charge', chargeId: 'B', as: 'not_paid' }).error?.code, 'unknown_charge')
  assert.equal(settle(bench, { kind: 'refund', refundId: 'R', as: 'returned' }).error?.code, 'unknown_charge')
})

for (const as of ['returned', 'refused'] as const) {
  test(`a refund that needs a person ends ${as} when one says so`, () => {
    const bench = new Bench().prove()
    bench.charge('A')
    bench.scan()
    bench.submitted(answered({ verdict: 'paid', paid: PAID }))
    const refund = {
      verb: 'refund',
      requestId: 'r',
      lane: LANE,
      refundId: 'R',
      chargeId: 'A',
      amount: bench.order.amount,
    } as const
    bench.command(refund)
    assert.equal(settle(bench, { kind: 'refund', refundId: 'R', as }).error?.code, 'busy')
    bench.paidBack('R', answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
    bench.untilDue()
    const { askedAt } = bench.all('pay_back_query').at(-1) ?? assert.fail()
    const reply = answered({ verdict: 'refused', errCode: 'REFUNDNOTEXIST' } as const)
    bench.post({ type: 'pay_back_query_replied', lane: LANE, refundId: 'R', askedAt, reply })
    assert.equal(settle(bench, { kind: 'refund', refundId: 'R', as }).ok, true)
    const event = bench.told.at(-1) ?? assert.fail()
    assert.equal(event.refund?.state, as)
    assert.deepEqual([event.charge.state, event.charge.refunded ?? 0], ['paid', as === 'returned' ? 1_234 : 0])
    assert.equal(bench.box.lanes.get(LANE)?.refunds.size, 0)
  })
}
