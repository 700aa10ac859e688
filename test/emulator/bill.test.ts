import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MERCHANT, NOON, Shop } from './shop.ts'

const NEXT_MORNING = NOON + 22 * 3_600_000

/** A day with a payment, one reversed, one refunded in part, one never paid. */
function shopWithADay(): Shop {
  const shop = new Shop()
  shop.submit('order-paid', { body: 'tea, green', attach: 'a,b' })
  shop.submit('order-reversed', { total_fee: '250' })
  shop.submitWithPassword('order-unpaid', { kind: 'dawdles' })
  shop.now += 1_000
  shop.reverse('order-reversed')
  shop.refund('order-paid', 'part-1', 30)
  shop.now = NEXT_MORNING
  return shop
}

function bill(shop: Shop, fields: Record<string, string>): string[][] {
  const outcome = shop.call('/pay/downloadbill', { bill_date: '20261123', ...fields })
  assert.equal(outcome.kind, 'bill')
  const text = outcome.kind === 'bill' ? outcome.text : ''
  assert.ok(text.startsWith('\uFEFF'))
  const lines = text.slice(1).split('\r\n')
  assert.equal(lines.pop(), '')
  return lines.map(line => (line.startsWith('`') ? line.slice(1).split(',`') : line.split(',')))
}

test('the bill of all has 27 columns, a line for each debit and each credit, and true sums', () => {
  const [titles = [], ...rows] = bill(shopWithADay(), {})
  const sums = rows.pop() ?? []
  const sumTitles = rows.pop() ?? []
  assert.equal(titles.length, 27)
  assert.ok(rows.every(row => row.length === 27))
  const column = (title: string) => rows.map(row => row[titles.indexOf(title)])
  assert.deepEqual(column('商户订单号'), ['order-paid', 'order-reversed', 'order-paid', 'order-reversed'])
  assert.deepEqual(column('交易状态'), ['SUCCESS', 'SUCCESS', 'REFUND', 'REVOKED'])
  assert.deepEqual(column('订单金额'), ['1.00', '2.50', '0.00', '0.00'])
  assert.deepEqual(column('退款金额'), ['0.00', '0.00', '0.30', '2.50'])
  assert.deepEqual(column('商户退款单号'), ['0', '0', 'part-1', '0'])
  assert.deepEqual(column('商品名称'), ['tea, green', 'tea', 'tea, green', 'tea'])
  assert.deepEqual(column('手续费'), ['0.01000', '0.02000', '0.00000', '-0.02000'])
  assert.deepEqual(column('交易时间').slice(1, 3), ['2026-11-23 12:00:00', '2026-11-23 12:00:01'])
  assert.equal(column('商户号')[0], MERCHANT.mchId)
  assert.equal(column('特约商户号')[0], '0')
  assert.deepEqual(Object.fromEntries(sumTitles.map((title, index) => [title, sums[index]])), {
    总交易单数: '4.0',
    应结订单总金额: '3.50',
    退款总金额: '2.80',
    充值券退款总金额: '0.00',
    手续费总金额: '0.01000',
    订单总金额: '3.50',
    申请退款总金额: '2.80',
  })
})

test('the bill of payments has 20 columns and none that went back, the one of refunds has the other lines', () => {
  const shop = shopWithADay()
  const [paidTitles = [], ...paid] = bill(shop, { bill_type: 'SUCCESS' })
  assert.equal(paidTitles.length, 20)
  assert.equal(paid.length - 2, 2)
  assert.deepEqual(paid.at(-2), ['总交易单数', '应结订单总金额', '手续费总金额', '订单总金额'])
  const [backTitles = [], ...back] = bill(shop, { bill_type: 'REFUND' })
  assert.deepEqual(backTitles.slice(14, 16), ['退款申请时间', '退款成功时间'])
  assert.equal(back.length - 2, 2)
})

test('a day ends at midnight in Beijing', () => {
  const shop = new Shop()
  shop.now = Date.UTC(2026, 10, 23, 15, 59, 59)
  shop.submit('order-1')
  shop.now += 1_000
  shop.submit('order-2', { total_fee: '200' })
  shop.now += 2 * 86_400_000
  assert.equal(bill(shop, {})[1]?.[6], 'order-1')
  assert.equal(bill(shop, { bill_date: '20261124' })[1]?.[6], 'order-2')
})

test('a bill is not there before ten the next morning, nor when nothing was paid, nor after three months', () => {
  const asked = { bill_date: '20261123' }
  const early = new Shop()
  early.now = NEXT_MORNING - 1
  const creating = { return_code: 'FAIL', return_msg: 'Bill Creating', error_code: '20002' }
  assert.deepEqual(early.ask('/pay/downloadbill', asked), creating)
  early.now = NEXT_MORNING
  assert.deepEqual(early.ask('/pay/downloadbill', asked), { ...creating, return_msg: 'No Bill Exist' })
  const old = shopWithADay()
  old.now += 91 * 86_400_000
  assert.deepEqual(old.ask('/pay/downloadbill', asked), { ...creating, return_msg: 'No Bill Exist' })
})

for (const fields of [{ bill_date: '20261131' }, { bill_date: '2026-11-23' }, { bill_type: 'NONE' }, { tar_type: 'ZIP' }]) {
  test(`a bill cannot be asked for with ${JSON.stringify(fields)}`, () => {
    const answer = shopWithADay().ask('/pay/downloadbill', { bill_date: '20261123', ...fields })
    assert.deepEqual(answer, { return_code: 'FAIL', return_msg: '参数错误', error_code: '20001' })
  })
}

test('a service provider may have the bill of one sub-merchant', () => {
  const provider = { ...MERCHANT, subMchIds: ['1900000201', '1900000202'] }
  const shop = new Shop({}, { merchants: [provider], sender: { sub_mch_id: '1900000201' } })
  shop.submit('order-1')
  shop.submit('order-2', { sub_mch_id: '1900000202', total_fee: '200' })
  shop.now = NEXT_MORNING
  assert.equal(bill(shop, {}).length, 4)
  assert.equal(bill(shop, {})[1]?.[3], '1900000201')
})
