import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../core/box/effect.ts'
import type { ChargeView } from '../../core/contract/message.ts'
import { LIMITS } from '../../core/limits.ts'
import { toFen } from '../../core/money.ts'
import { deriveOutTradeNo } from '../../core/order.ts'
import type { Reply } from '../../core/ports.ts'
import type { FoundAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, LANE, NO_ANSWER, NOT_SENT, PAID, SETTINGS } from './bench.ts'

const NOT_FOUND: FoundAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }
const SUCCESS: FoundAnswer = {
  verdict: 'state',
  state: 'SUCCESS',
  amount: toFen(1_234),
  paid: { ...PAID, paidAt: '2026-12-31T23:00:00.000Z' },
}

type Find = Extract<Effect, { do: 'find' }>

/** The till asks for a charge that the journal does not know. */
function asked(): { bench: Bench; find: Find } {
  const bench = new Bench().prove()
  bench.lookup('A')
  return { bench, find: bench.all('find').at(-1) ?? assert.fail('WeChat Pay is asked') }
}

function answer(bench: Bench, { to, command, numbers }: Find, replies: readonly Reply<FoundAnswer>[]) {
  const found = numbers.map((number, index) => ({ ...number, reply: replies[index] ?? answered(NOT_FOUND) }))
  const [effect] = bench.post({ type: 'found', to, command, replies: found })
  assert.ok(effect !== undefined && 'body' in effect && 'to' in effect && effect.to === to)
  return effect.body as { ok: boolean; charge?: ChargeView; error?: { code: string } }
}

test('a charge that the journal does not know is asked about by the numbers that it can have', () => {
  const { find } = asked()
  const numbers = [1, 2, 3].map(tryNo => deriveOutTradeNo(SETTINGS.orderKey, SETTINGS.box, LANE, 'A', tryNo))
  assert.deepEqual(
    find.numbers.map(({ outTradeNo }) => outTradeNo),
    numbers,
  )
})

test("where one was paid that is told, with WeChat Pay's own amount and time; nothing is written", () => {
  for (const at of [0, 2]) {
    const { bench, find } = asked()
    const replies = find.numbers.map((_, index) => (index === at ? answered(SUCCESS) : answered(NOT_FOUND)))
    const { ok, charge } = answer(bench, find, replies)
    assert.equal(ok, true)
    const { state, outcome, amount, transaction_id, paid_at, out_trade_no, from_gateway } = charge ?? assert.fail()
    assert.deepEqual([state, outcome, amount, from_gateway], ['paid', 'paid', 1_234, true])
    assert.deepEqual([transaction_id, paid_at], [PAID.transactionId, '2026-12-31T23:00:00.000Z'])
    assert.equal(out_trade_no, find.numbers[at]?.outTradeNo)
    assert.deepEqual(bench.rows, [])
  }
})

test('everything else says no more than that it is not known', () => {
  const others: Reply<FoundAnswer>[] = [NO_ANSWER, NOT_SENT, answered(NOT_FOUND)]
  for (const state of ['NOTPAY', 'USERPAYING', 'REVOKED', 'CLOSED', 'PAYERROR', 'REFUND', 'ACCEPT'] as const) {
    others.push(answered({ verdict: 'state', state }))
  }
  for (const reply of others) {
    const { bench, find } = asked()
    assert.equal(answer(bench, find, [reply]).error?.code, 'unknown_charge')
  }
  const { bench, find } = asked()
  assert.equal(answer(bench, find, [answered(SUCCESS), answered(SUCCESS)]).error?.code, 'unknown_charge', 'two were paid')
})

test('a charge that begins meanwhile is answered as it stands', () => {
  const { bench, find } = asked()
  bench.charge('A')
  assert.equal(answer(bench, find, [answered(SUCCESS)]).charge?.state, 'awaiting_scan')
})

test('the numbers are those of the lane that is asked, whatever another lane knows', () => {
  const bench = new Bench({ settings: { lanes: [LANE, 'side'] } }).prove()
  bench.charge('A')
  bench.command({ verb: 'lookup', requestId: 'r', lane: 'side', key: { by: 'charge_id', lane: 'side', id: 'A' } })
  const number = deriveOutTradeNo(SETTINGS.orderKey, SETTINGS.box, 'side', 'A', 1)
  assert.equal(bench.all('find').at(-1)?.numbers[0]?.outTradeNo, number)
})

test('few are asked about at once, and none before WeChat Pay has proven itself', () => {
  const unproven = new Bench()
  unproven.lookup('A')
  assert.equal(unproven.all('find').length, 0)
  const bench = new Bench().prove()
  for (let count = 0; count < 10; count += 1) bench.lookup(`A${count}`)
  assert.equal(bench.all('find').length, LIMITS.findsMax)
  for (const find of bench.all('find')) answer(bench, find, [])
  bench.lookup('B')
  assert.equal(bench.all('find').length, LIMITS.findsMax + 1)
})
