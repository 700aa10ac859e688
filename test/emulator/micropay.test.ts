import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MERCHANT, NOON, Shop } from './shop.ts'

test('a small payment is paid at once and answered in full', () => {
  const shop = new Shop()
  const answer = shop.submit('order-1', { attach: '007', device_info: 'till 1' })
  const { openid = '', transaction_id: transactionId = '', ...rest } = answer
  assert.match(openid, /^o.{27}$/)
  assert.match(transactionId, /^4200\d{24}$/)
  assert.deepEqual(rest, {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    result_code: 'SUCCESS',
    appid: MERCHANT.appId,
    mch_id: MERCHANT.mchId,
    device_info: 'till 1',
    is_subscribe: 'N',
    trade_type: 'MICROPAY',
    bank_type: 'OTHERS',
    fee_type: 'CNY',
    total_fee: '100',
    cash_fee: '100',
    cash_fee_type: 'CNY',
    out_trade_no: 'order-1',
    attach: '007',
    time_end: '20261123120000',
  })
  assert.equal(shop.engine.balanceFen('Li'), 999_900)
  assert.deepEqual(shop.engine.ledger.ofOrder('order-1'), [
    { at: NOON, customer: 'Li', mchId: MERCHANT.mchId, outTradeNo: 'order-1', kind: 'debit', fen: 100, reason: 'payment' },
  ])
})

test('a password is asked for by a signed FAIL that names no order, and no money moves', () => {
  const shop = new Shop()
  const answer = shop.submit('order-1', { total_fee: '50001' })
  assert.equal(answer['return_code'], 'SUCCESS')
  assert.equal(answer['result_code'], 'FAIL')
  assert.equal(answer['err_code'], 'USERPAYING')
  assert.equal(answer['out_trade_no'], undefined)
  assert.equal(shop.state('order-1'), 'USERPAYING')
  assert.equal(shop.netFen('order-1'), 0)
})

test('500 yuan need no password, a fen more does', () => {
  const shop = new Shop()
  assert.equal(shop.submit('order-1', { total_fee: '50000' })['result_code'], 'SUCCESS')
  assert.equal(shop.submit('order-2', { total_fee: '50001' })['err_code'], 'USERPAYING')
  const strict = new Shop({ passwordAboveFen: 0 })
  assert.equal(strict.submit('order-1', { total_fee: '1' })['err_code'], 'USERPAYING')
})

test('the sixth payment of a Beijing day needs the password, the next day does not', () => {
  const shop = new Shop()
  for (let n = 1; n <= 5; n += 1) assert.equal(shop.submit(`order-${n}`, { total_fee: String(n) })['result_code'], 'SUCCESS')
  assert.equal(shop.submit('order-6', { total_fee: '6' })['err_code'], 'USERPAYING')
  shop.now += 12 * 3_600_000
  assert.equal(shop.submit('order-7', { total_fee: '7' })['result_code'], 'SUCCESS')
})

test('the same amount twice in a minute by the same customer needs the password', () => {
  const shop = new Shop()
  shop.engine.addCustomer({ name: 'Wang', balanceFen: 1000, behaviour: { kind: 'dawdles' } })
  shop.submit('order-1')
  assert.equal(shop.submit('order-2', { auth_code: shop.engine.issueCode('Wang') })['result_code'], 'SUCCESS')
  shop.now += 59_999
  assert.equal(shop.submit('order-3')['err_code'], 'USERPAYING')
  shop.now += 60_000
  assert.equal(shop.submit('order-4')['result_code'], 'SUCCESS')
})

test('who looks suspicious is asked for the password', () => {
  assert.equal(new Shop({ suspicionChance: 1 }).submit('order-1')['err_code'], 'USERPAYING')
})

test('a customer who types the password pays then, who cancels or dawdles does not, and 45 seconds end it', () => {
  const shop = new Shop()
  shop.submitWithPassword('paid-order', { kind: 'pays', afterMs: 5_000 })
  shop.submitWithPassword('cancelled', { kind: 'cancels', afterMs: 5_000 })
  shop.submitWithPassword('forgotten', { kind: 'dawdles' })
  shop.submitWithPassword('too-late', { kind: 'pays', afterMs: 45_001 })
  shop.now += 4_999
  assert.equal(shop.state('paid-order'), 'USERPAYING')
  shop.now += 1
  assert.equal(shop.state('paid-order'), 'SUCCESS')
  assert.equal(shop.state('cancelled'), 'PAYERROR')
  shop.now = NOON + 44_999
  assert.equal(shop.state('forgotten'), 'USERPAYING')
  shop.now = NOON + 60_000
  assert.equal(shop.state('forgotten'), 'CLOSED')
  assert.equal(shop.state('too-late'), 'CLOSED')
  assert.deepEqual(
    shop.engine.ledger.all().map(({ outTradeNo, at }) => [outTradeNo, at]),
    [['paid-order', NOON + 5_000]],
  )
})

test('late money moves although the order was closed, and the ledger says so', () => {
  const shop = new Shop()
  shop.submitWithPassword('pays-late', { kind: 'pays_late', afterMs: 50_000 })
  shop.submitWithPassword('made-late', { kind: 'dawdles' })
  shop.now += 45_000
  assert.equal(shop.state('pays-late'), 'CLOSED')
  assert.ok(shop.engine.lateDebit('made-late'))
  assert.ok(!shop.engine.lateDebit('made-late'), 'never twice')
  shop.now += 5_000
  assert.equal(shop.state('pays-late'), 'SUCCESS')
  assert.equal(shop.engine.ledger.ofOrder('pays-late')[0]?.reason, 'late_payment')
  assert.equal(shop.netFen('made-late'), 50_001)
})

test('a reverse keeps even late money from being paid', () => {
  const shop = new Shop()
  shop.submitWithPassword('pays-late', { kind: 'pays_late', afterMs: 50_000 })
  shop.reverse('pays-late')
  shop.now += 60_000
  assert.equal(shop.state('pays-late'), 'REVOKED')
  assert.equal(shop.netFen('pays-late'), 0)
})

test('a code lives a minute and pays once', () => {
  const shop = new Shop()
  const code = shop.engine.issueCode('Li')
  assert.match(code, /^1[0-5]\d{16}$/)
  const old = shop.engine.issueCode('Li')
  shop.now += 60_000
  assert.equal(shop.submit('order-1', { auth_code: code })['result_code'], 'SUCCESS')
  assert.equal(shop.submit('order-2', { auth_code: code })['err_code'], 'AUTH_CODE_ERROR')
  shop.now += 1
  assert.equal(shop.submit('order-3', { auth_code: old })['err_code'], 'AUTHCODEEXPIRE')
})

test('an unfinished order holds its code until it is reversed', () => {
  const shop = new Shop()
  const code = shop.engine.issueCode('Li')
  shop.submit('order-1', { auth_code: code, total_fee: '50001' })
  assert.equal(shop.submit('order-2', { auth_code: code })['err_code'], 'AUTH_CODE_ERROR')
  shop.reverse('order-1')
  assert.equal(shop.submit('order-3', { auth_code: code })['result_code'], 'SUCCESS')
})

test('an order lets go only of its own hold on a code', () => {
  const shop = new Shop()
  shop.engine.addCustomer({ name: 'Wang', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const held = { auth_code: shop.engine.issueCode('Wang'), total_fee: '50001' }
  shop.submit('order-1', held)
  shop.now += 45_000
  assert.equal(shop.submit('order-2', held)['err_code'], 'USERPAYING')
  shop.reverse('order-1')
  assert.equal(shop.submit('order-3', held)['err_code'], 'AUTH_CODE_ERROR')
})

test('a code that is none is refused, one never issued too unless anyone may come', () => {
  const shop = new Shop()
  assert.equal(shop.submit('order-1', { auth_code: '6901234567892' })['err_code'], 'AUTH_CODE_ERROR')
  assert.equal(shop.submit('order-1', { auth_code: '281234567890123456' })['err_code'], 'AUTH_CODE_INVALID')
  assert.equal(shop.submit('order-1', { auth_code: '131234567890123456' })['err_code'], 'AUTH_CODE_INVALID')
  assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  const open = new Shop({ unknownCode: 'anyone' })
  assert.equal(open.submit('order-1', { auth_code: '131234567890123456' })['result_code'], 'SUCCESS')
  assert.equal(open.submit('order-2', { auth_code: '131234567890123456' })['err_code'], 'AUTH_CODE_ERROR')
  assert.equal(open.submit('order-3', { auth_code: '281234567890123456' })['err_code'], 'AUTH_CODE_INVALID')
})

test('a number once submitted never pays again', () => {
  const shop = new Shop()
  shop.submit('paid-order')
  assert.equal(shop.submit('paid-order')['err_code'], 'ORDERPAID')
  shop.reverse('paid-order')
  assert.equal(shop.submit('paid-order')['err_code'], 'ORDERREVERSED')

  const code = shop.engine.issueCode('Li')
  shop.submit('open-order', { auth_code: code, total_fee: '50001' })
  shop.engine.addCustomer({ name: 'Wang', balanceFen: 1000, behaviour: { kind: 'dawdles' } })
  assert.equal(shop.submit('open-order', { auth_code: code, total_fee: '50001' })['err_code'], 'INVALID_REQUEST')
  assert.equal(shop.submit('open-order', { auth_code: code, total_fee: '50002' })['err_code'], 'OUT_TRADE_NO_USED')
  assert.equal(shop.submit('open-order', { auth_code: shop.engine.issueCode('Wang') })['err_code'], 'BUYER_MISMATCH')

  shop.submitWithPassword('closed-order', { kind: 'dawdles' })
  shop.now += 45_000
  assert.equal(shop.submit('closed-order')['err_code'], 'ORDERCLOSED')
  assert.equal(shop.netFen('paid-order'), 0)
  assert.equal(shop.netFen('closed-order'), 0)
})

test('who has no money or no suitable card is refused, and a query does not find the order', () => {
  const shop = new Shop()
  assert.equal(shop.submit('order-1', { total_fee: '1000001' })['err_code'], 'NOTENOUGH')
  assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  const behaviour = { kind: 'dawdles' } as const
  shop.engine.addCustomer({ name: 'Wang', balanceFen: 1000, behaviour, refusedWith: 'NOTSUPORTCARD' })
  assert.equal(shop.submit('order-2', { auth_code: shop.engine.issueCode('Wang') })['err_code'], 'NOTSUPORTCARD')
  assert.equal(new Shop({ refusedState: ['PAYERROR'] }).submit('order-3', { total_fee: '1000001' })['err_code'], 'NOTENOUGH')
})

test('who ran out of money while typing the password has not paid', () => {
  const shop = new Shop()
  shop.engine.addCustomer({ name: 'Wang', balanceFen: 60_000, behaviour: { kind: 'pays', afterMs: 5_000 } })
  shop.submit('order-1', { auth_code: shop.engine.issueCode('Wang'), total_fee: '50001' })
  shop.submit('order-2', { auth_code: shop.engine.issueCode('Wang'), total_fee: '30000' })
  shop.now += 5_000
  assert.equal(shop.state('order-1'), 'PAYERROR')
  assert.equal(shop.engine.balanceFen('Wang'), 30_000)
})

for (const [what, fields, errCode] of [
  ['a missing body', { body: '' }, 'LACK_PARAMS'],
  ['a missing address', { spbill_create_ip: '' }, 'LACK_PARAMS'],
  ['an address of version 6', { spbill_create_ip: '::1' }, 'PARAM_ERROR'],
  ['a body of 128 bytes in fewer characters', { body: `${'茶'.repeat(42)}ab` }, 'PARAM_ERROR'],
  ['an amount of nothing', { total_fee: '0' }, 'PARAM_ERROR'],
  ['an amount with a point', { total_fee: '1.00' }, 'PARAM_ERROR'],
  ['another currency', { fee_type: 'USD' }, 'PARAM_ERROR'],
  ['a short order number', { out_trade_no: '12345' }, 'PARAM_ERROR'],
  ['an order number of 33 characters', { out_trade_no: 'a'.repeat(33) }, 'PARAM_ERROR'],
  ['an order number with a blank', { out_trade_no: 'order 1' }, 'PARAM_ERROR'],
  ['a missing appid', { appid: '' }, 'LACK_PARAMS'],
  ['an unknown appid', { appid: 'wx0000000000000000' }, 'APPID_NOT_EXIST'],
  ['the appid of another merchant', { appid: 'wx1111111111111111' }, 'APPID_MCHID_NOT_MATCH'],
  ['a sub-merchant of none', { sub_mch_id: '1900000001' }, 'NOAUTH'],
] as const) {
  test(`${what} is ${errCode}, and no order is made`, () => {
    const other = { mchId: '1900000110', appId: 'wx1111111111111111', apiKey: 'another-key' }
    const shop = new Shop({}, { merchants: [MERCHANT, other] })
    assert.equal(shop.submit('order-1', fields)['err_code'], errCode)
    assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  })
}

test('127 bytes of body are taken', () => {
  assert.equal(new Shop().submit('order-1', { body: `${'茶'.repeat(42)}a` })['result_code'], 'SUCCESS')
})

test('an unknown merchant cannot be answered with a signature: FAIL at the first level', () => {
  const answer = new Shop().submit('order-1', { mch_id: '1900000999' })
  assert.deepEqual(answer, { return_code: 'FAIL', return_msg: 'MCHID不存在' })
  const listed = new Shop({ refusalForm: 'err_code' }).submit('order-1', { mch_id: '1900000999' })
  assert.equal(listed['err_code'], 'MCHID_NOT_EXIST')
})

test('a service provider names its sub-merchant, and gets it back', () => {
  const provider = { ...MERCHANT, subMchIds: ['1900000201'] }
  const sub = { sub_mch_id: '1900000201', sub_appid: 'wx2222222222222222' }
  const shop = new Shop({}, { merchants: [provider], sender: sub })
  const answer = shop.submit('order-1')
  assert.equal(answer['sub_mch_id'], sub.sub_mch_id)
  assert.equal(answer['sub_appid'], sub.sub_appid)
  assert.ok(answer['sub_openid'])
  assert.equal(shop.query('order-1')['sub_mch_id'], sub.sub_mch_id)
  assert.equal(shop.submit('order-2', { sub_mch_id: '' })['err_code'], 'LACK_PARAMS')
  assert.equal(shop.submit('order-2', { sub_mch_id: '1900000202' })['err_code'], 'MCHID_NOT_EXIST')
})
