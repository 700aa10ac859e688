import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Shop } from './shop.ts'

test('a refund in parts never gives back more than was paid', () => {
  const shop = new Shop()
  shop.submit('order-1')
  assert.equal(shop.refund('order-1', 'part-1', 60)['result_code'], 'SUCCESS')
  assert.equal(shop.refund('order-1', 'part-2', 41)['err_code'], 'ERROR')
  assert.equal(shop.refund('order-1', 'part-3', 40)['result_code'], 'SUCCESS')
  assert.equal(shop.refund('order-1', 'part-4', 1)['err_code'], 'ERROR')
  assert.equal(shop.netFen('order-1'), 0)
  assert.equal(shop.state('order-1'), 'REFUND')
})

test('the same refund number is the same refund, and not for another amount', () => {
  const shop = new Shop()
  shop.submit('order-1')
  const first = shop.refund('order-1', 'part-1', 60)
  assert.deepEqual(shop.refund('order-1', 'part-1', 60), first)
  assert.equal(shop.netFen('order-1'), 40)
  assert.equal(shop.refund('order-1', 'part-1', 10)['err_code'], 'REFUND_FEE_MISMATCH')
  assert.equal(shop.refund('order-1', 'part-2', 10, { total_fee: '99' })['err_code'], 'REFUND_FEE_MISMATCH')
  assert.equal(shop.netFen('order-1'), 40)
})

test('what was not paid, or too long ago, is not refunded', () => {
  const shop = new Shop()
  shop.submitWithPassword('open-order', { kind: 'dawdles' })
  assert.equal(shop.refund('open-order', 'part-1', 1)['err_code'], 'ORDERNOTEXIST')
  assert.equal(shop.refund('never-seen', 'part-1', 1)['err_code'], 'ORDERNOTEXIST')
  shop.submit('order-1')
  shop.now += 366 * 86_400_000
  assert.equal(shop.refund('order-1', 'part-1', 1)['err_code'], 'TRADE_OVERDUE')
})

test('an order is refunded in fifty parts and no more', () => {
  const shop = new Shop()
  shop.submit('order-1')
  for (let n = 1; n <= 50; n += 1) assert.equal(shop.refund('order-1', `part-${n}`, 1)['result_code'], 'SUCCESS')
  assert.equal(shop.refund('order-1', 'part-51', 1)['err_code'], 'INVALID_REQUEST')
  assert.equal(shop.netFen('order-1'), 50)
})

test('a refund is under way for a while, and the money is back when it has ended well', () => {
  const shop = new Shop({ refundTakesMs: 30_000 })
  shop.submit('order-1')
  shop.refund('order-1', 'part-1', 60)
  const asked = { out_refund_no: 'part-1' }
  assert.equal(shop.ask('/pay/refundquery', asked)['refund_status_0'], 'PROCESSING')
  assert.equal(shop.netFen('order-1'), 100)
  shop.now += 30_000
  const answer = shop.ask('/pay/refundquery', asked)
  assert.equal(answer['refund_status_0'], 'SUCCESS')
  assert.equal(answer['refund_success_time_0'], '2026-11-23 12:00:30')
  assert.equal(answer['refund_recv_accout_0'], '支付用户的零钱')
  assert.equal(shop.netFen('order-1'), 40)
})

test('a refund that was closed may be made again, one that needs a person gave nothing back', () => {
  const shop = new Shop({ refundEnds: ['REFUNDCLOSE'] })
  shop.submit('order-1')
  shop.refund('order-1', 'part-1', 100)
  assert.equal(shop.netFen('order-1'), 100)
  assert.equal(shop.state('order-1'), 'SUCCESS')
  assert.equal(shop.refund('order-1', 'part-2', 100)['result_code'], 'SUCCESS')
  const other = new Shop({ refundEnds: ['CHANGE'] })
  other.submit('order-1')
  other.refund('order-1', 'part-1', 100)
  assert.equal(other.ask('/pay/refundquery', { out_refund_no: 'part-1' })['refund_status_0'], 'CHANGE')
  assert.equal(other.netFen('order-1'), 100)
})

test('the refunds of an order are numbered, ten at a time', () => {
  const shop = new Shop()
  shop.submit('order-1')
  for (let n = 0; n < 12; n += 1) shop.refund('order-1', `part-${n}`, n + 1)
  const page = shop.ask('/pay/refundquery', { out_trade_no: 'order-1', offset: '10' })
  assert.equal(page['total_refund_count'], '12')
  assert.equal(page['refund_count'], '2')
  assert.equal(page['out_refund_no_0'], 'part-10')
  assert.equal(page['refund_fee_1'], '12')
  assert.equal(page['out_refund_no_2'], undefined)
  assert.equal(shop.ask('/pay/refundquery', { out_trade_no: 'order-1' })['refund_count'], '10')
  assert.equal(shop.ask('/pay/refundquery', { out_trade_no: 'order-1', offset: '13' })['err_code'], 'PARAM_ERROR')
  const one = shop.ask('/pay/refundquery', { refund_id: page['refund_id_1'] ?? '' })
  assert.equal(one['out_refund_no_0'], 'part-11')
  assert.equal(one['total_refund_count'], '1')
})

test('a refund is asked about by its own number before that of its order, and is told alone', () => {
  const shop = new Shop()
  shop.submit('order-1')
  shop.refund('order-1', 'part-1', 10)
  shop.refund('order-1', 'part-2', 20)
  const answer = shop.ask('/pay/refundquery', { out_refund_no: 'part-2', out_trade_no: 'order-1' })
  assert.deepEqual([answer['refund_count'], answer['out_refund_no_0'], answer['refund_fee_0']], ['1', 'part-2', '20'])
  assert.deepEqual([answer['out_trade_no'], answer['total_fee'], answer['out_refund_no_1']], ['order-1', '100', undefined])
})

test('a refund nobody made is not found', () => {
  const shop = new Shop()
  shop.submit('order-1')
  assert.equal(shop.ask('/pay/refundquery', { out_trade_no: 'order-1' })['err_code'], 'REFUNDNOTEXIST')
  assert.equal(shop.ask('/pay/refundquery', { out_refund_no: 'part-1' })['err_code'], 'REFUNDNOTEXIST')
  assert.equal(shop.ask('/pay/refundquery', {})['err_code'], 'PARAM_ERROR')
})
