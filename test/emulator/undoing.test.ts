import assert from 'node:assert/strict'
import { test } from 'node:test'
import { STRANGE_WORLD } from '../../device/emulator/index.ts'
import { MERCHANT, NOON, Shop } from './shop.ts'

const DAY_MS = 86_400_000

test('a reverse gives a paid order back whole, names no order, and may be repeated', () => {
  const shop = new Shop()
  shop.submit('order-1')
  shop.now += 15_000
  for (let n = 0; n < 2; n += 1) {
    const answer = shop.reverse('order-1')
    assert.equal(answer['result_code'], 'SUCCESS')
    assert.equal(answer['recall'], 'N')
    assert.equal(answer['out_trade_no'], undefined)
  }
  assert.equal(shop.state('order-1'), 'REVOKED')
  assert.deepEqual(
    shop.engine.ledger.ofOrder('order-1').map(({ kind, fen, at }) => [kind, fen, at]),
    [
      ['debit', 100, NOON],
      ['credit', 100, NOON + 15_000],
    ],
  )
  assert.equal(shop.engine.balanceFen('Li'), 1_000_000)
})

test('a reverse closes an unpaid order for good', () => {
  const shop = new Shop()
  shop.submitWithPassword('order-1', { kind: 'pays', afterMs: 5_000 })
  assert.equal(shop.reverse('order-1')['result_code'], 'SUCCESS')
  shop.now += 60_000
  assert.equal(shop.state('order-1'), 'REVOKED')
  assert.equal(shop.netFen('order-1'), 0)
})

test('a reverse may be put off while the password box is open', () => {
  const shop = new Shop({ reverseWhilePaying: ['USERPAYING'] })
  shop.submitWithPassword('order-1', { kind: 'pays', afterMs: 5_000 })
  const answer = shop.reverse('order-1')
  assert.equal(answer['err_code'], 'USERPAYING')
  assert.equal(answer['recall'], 'Y')
  shop.now += 5_000
  assert.equal(shop.state('order-1'), 'SUCCESS')
  shop.reverse('order-1')
  assert.equal(shop.netFen('order-1'), 0)
})

test('a transaction number wins over an order number, and a wrong one is told', () => {
  const shop = new Shop()
  const { transaction_id: transactionId = '' } = shop.submit('order-1')
  shop.submit('order-2', { total_fee: '200' })
  const both = { transaction_id: transactionId, out_trade_no: 'order-2' }
  assert.equal(shop.ask('/pay/orderquery', both)['out_trade_no'], 'order-1')
  shop.ask('/secapi/pay/reverse', both)
  assert.equal(shop.netFen('order-1'), 0)
  assert.equal(shop.netFen('order-2'), 200)
  const wrong = { transaction_id: '4200000000000000000000000000' }
  assert.equal(shop.ask('/secapi/pay/reverse', wrong)['err_code'], 'INVALID_TRANSACTIONID')
  assert.equal(shop.ask('/pay/orderquery', wrong)['err_code'], 'ORDERNOTEXIST')
})

test('the transaction of one merchant is nothing to another', () => {
  const other = { mchId: '1900000110', appId: 'wx1111111111111111', apiKey: 'another-key' }
  const shop = new Shop({}, { merchants: [MERCHANT, other] })
  const { transaction_id: transactionId = '' } = shop.submit('order-1')
  const asOther = { mch_id: other.mchId, appid: other.appId, transaction_id: transactionId }
  assert.equal(shop.ask('/secapi/pay/reverse', asOther)['err_code'], 'INVALID_TRANSACTIONID')
  assert.equal(
    shop.ask('/pay/orderquery', { ...asOther, transaction_id: '', out_trade_no: 'order-1' })['err_code'],
    'ORDERNOTEXIST',
  )
  assert.equal(shop.netFen('order-1'), 100)
})

test('after seven days a reverse is too late', () => {
  const shop = new Shop()
  shop.submit('order-1')
  shop.submit('order-2', { total_fee: '200' })
  shop.now += 7 * DAY_MS
  assert.equal(shop.reverse('order-1')['result_code'], 'SUCCESS')
  shop.now += 1
  assert.equal(shop.reverse('order-2')['err_code'], 'REVERSE_EXPIRE')
  assert.equal(shop.netFen('order-2'), 200)
})

test('a reverse after a part was refunded gives back the rest, and a query says REFUND', () => {
  const shop = new Shop()
  shop.submit('order-1')
  shop.refund('order-1', 'part-1', 30)
  assert.equal(shop.state('order-1'), 'REFUND')
  shop.reverse('order-1')
  assert.equal(shop.state('order-1'), 'REFUND')
  assert.equal(shop.netFen('order-1'), 0)
})

test('an order refunded whole is not reversed', () => {
  const shop = new Shop()
  shop.submit('order-1')
  shop.refund('order-1', 'part-1', 100)
  assert.equal(shop.reverse('order-1')['err_code'], 'TRADE_ERROR')
  assert.equal(shop.netFen('order-1'), 0)
})

test('a reverse and a refund need the client certificate', () => {
  const shop = new Shop()
  for (const path of ['/secapi/pay/reverse', '/secapi/pay/refund']) {
    assert.deepEqual(shop.call(path, { out_trade_no: 'order-1' }, false), { kind: 'no_certificate' })
  }
})

for (const meaning of ['INVALID_REQUEST', 'TRADE_ERROR', 'ORDERNOTEXIST', 'success', 'spent'] as const) {
  test(`a reverse of a number never seen may mean ${meaning}`, () => {
    const shop = new Shop({ reverseUnknown: [meaning] })
    const answer = shop.reverse('order-1')
    const saysDone = meaning === 'success' || meaning === 'spent'
    assert.equal(answer['err_code'] ?? answer['result_code'], saysDone ? 'SUCCESS' : meaning)
    assert.equal(shop.state('order-1'), meaning === 'spent' ? 'REVOKED' : 'ORDERNOTEXIST')
    const late = shop.submit('order-1')
    assert.equal(late['err_code'] ?? late['result_code'], meaning === 'spent' ? 'ORDERREVERSED' : 'SUCCESS')
  })
}

test('recall=Y may mean that it was done or that it was not', () => {
  const shop = new Shop({ recallChance: 1 })
  const left = new Set<number>()
  for (let n = 1; n <= 20; n += 1) {
    shop.now += 61_000
    shop.submit(`order-${n}`)
    assert.equal(shop.reverse(`order-${n}`)['recall'], 'Y')
    left.add(shop.netFen(`order-${n}`))
  }
  assert.deepEqual([...left].sort(), [0, 100])
})

test('an order whose answer was lost may be hidden from queries until it is reversed', () => {
  const shop = new Shop({ lostAnswer: ['hidden'] })
  shop.submit('order-1')
  shop.engine.answerLost('order-1')
  assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  assert.equal(shop.netFen('order-1'), 100)
  shop.reverse('order-1')
  assert.equal(shop.state('order-1'), 'REVOKED')
  assert.equal(shop.netFen('order-1'), 0)
  const brief = new Shop({ lostAnswer: ['hidden'], hiddenMs: 10_000 })
  brief.submit('order-1')
  brief.engine.answerLost('order-1')
  brief.now += 10_000
  assert.equal(brief.state('order-1'), 'SUCCESS')
})

test('the open questions are drawn from the seed: every answer comes, and the same seed gives the same ones', () => {
  const answersOf = (seed: number) => {
    const shop = new Shop({ ...STRANGE_WORLD, troubleChance: 0, recallChance: 0 }, { seed })
    return Array.from({ length: 60 }, (_, n) => {
      const { err_code: errCode, result_code: resultCode } = shop.reverse(`number-${n}`)
      return errCode ?? `${resultCode} ${shop.state(`number-${n}`)}`
    })
  }
  assert.deepEqual(answersOf(7), answersOf(7))
  const all = ['INVALID_REQUEST', 'ORDERNOTEXIST', 'SUCCESS ORDERNOTEXIST', 'SUCCESS REVOKED', 'TRADE_ERROR']
  assert.deepEqual([...new Set(answersOf(7))].sort(), all)
})

test('troubled, a call is answered SYSTEMERROR or BANKERROR whether it was done or not', () => {
  const shop = new Shop({ troubleChance: 1 })
  const seen = new Set<string>()
  for (let n = 1; n <= 40; n += 1) {
    shop.now += 61_000
    seen.add(`${shop.submit(`order-${n}`)['err_code']} ${shop.netFen(`order-${n}`)}`)
  }
  const sorted = [...seen].sort()
  assert.deepEqual(
    sorted.filter(text => text.startsWith('SYSTEMERROR')),
    ['SYSTEMERROR 0', 'SYSTEMERROR 100'],
  )
  assert.ok(sorted.some(text => text.startsWith('BANKERROR')))
})
