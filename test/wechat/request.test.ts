import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFen } from '../../core/money.ts'
import * as request from '../../core/wechat/request.ts'
import { isSigned } from '../../core/wechat/sign.ts'
import { readXml } from '../../core/wechat/xml.ts'
import { MERCHANT, ORDER } from './merchant.ts'

const NONCE = 'nonce0nonce1nonce2nonce3nonce4no'
const SUBMIT = { ...ORDER, body: '早餐' }
const MOMENT = { code: '134567890123456789', spbillCreateIp: '192.0.2.7' }

function fieldsOf({ body }: request.Call, merchant = MERCHANT): Record<string, string> {
  const fields = readXml(Buffer.from(body)) ?? assert.fail('not XML')
  assert.ok(isSigned(fields, merchant.apiKey, merchant.signType), 'signed')
  const { sign: _, ...rest } = Object.fromEntries(fields)
  return rest
}

const COMMON = { appid: 'wx0123456789abcdef', mch_id: '1900000109', nonce_str: NONCE, sign_type: 'HMAC-SHA256' }

test('a submit carries amount, order number, code and what the register wants to see on the bill', () => {
  const call = request.micropay(
    MERCHANT,
    { ...SUBMIT, attach: 'till 3', goodsTag: 'SPRING', detail: '{"goods_detail":[]}' },
    MOMENT,
    NONCE,
  )
  assert.equal(call.path, '/pay/micropay')
  assert.deepEqual(fieldsOf(call), {
    ...COMMON,
    body: '早餐',
    attach: 'till 3',
    goods_tag: 'SPRING',
    detail: '{"goods_detail":[]}',
    out_trade_no: 'TESTORDER0001',
    total_fee: '1280',
    fee_type: 'CNY',
    spbill_create_ip: '192.0.2.7',
    auth_code: '134567890123456789',
  })
})

test('fields that nobody gave are left out', () => {
  const names = Object.keys(fieldsOf(request.micropay(MERCHANT, SUBMIT, MOMENT, NONCE)))
  for (const name of ['attach', 'goods_tag', 'detail', 'sub_appid', 'sub_mch_id']) assert.ok(!names.includes(name), name)
})

test('a long description is cut at 127 bytes between characters, control characters become spaces', () => {
  const { body } = fieldsOf(request.micropay(MERCHANT, { ...SUBMIT, body: `a\n${'面'.repeat(60)}` }, MOMENT, NONCE))
  assert.equal(body, `a ${'面'.repeat(41)}`)
})

test('queries and reverses name the order', () => {
  const calls: [string, typeof request.reverse][] = [
    ['/pay/orderquery', request.orderQuery],
    ['/secapi/pay/reverse', request.reverse],
    ['/pay/refundquery', request.refundQuery],
  ]
  for (const [path, make] of calls) {
    const call = make(MERCHANT, ORDER, NONCE)
    assert.equal(call.path, path)
    assert.deepEqual(fieldsOf(call), { ...COMMON, out_trade_no: 'TESTORDER0001' })
  }
})

test('a refund names both amounts', () => {
  const refund = { ...ORDER, outRefundNo: 'TESTORDER0001-R0', refundAmount: toFen(280) }
  const call = request.refund(MERCHANT, refund, NONCE)
  assert.equal(call.path, '/secapi/pay/refund')
  const expected = { out_trade_no: 'TESTORDER0001', out_refund_no: 'TESTORDER0001-R0', total_fee: '1280', refund_fee: '280' }
  assert.deepEqual(fieldsOf(call), { ...COMMON, ...expected })
})

test('a refund says why, in at most 80 bytes, and is asked about by its own number', () => {
  const refund = { ...ORDER, outRefundNo: 'REFUND-2', refundAmount: toFen(280), reason: '凉'.repeat(30) }
  assert.equal(fieldsOf(request.refund(MERCHANT, refund, NONCE))['refund_desc'], '凉'.repeat(26))
  const call = request.refundState(MERCHANT, refund, NONCE)
  assert.equal(call.path, '/pay/refundquery')
  assert.deepEqual(fieldsOf(call), { ...COMMON, out_refund_no: 'REFUND-2' })
})

test('service-provider mode and MD5 are told in every call', () => {
  const merchant = { ...MERCHANT, subAppId: 'wxfedcba9876543210', subMchId: '1900000110', signType: 'MD5' } as const
  const { sub_appid, sub_mch_id, sign_type } = fieldsOf(request.orderQuery(merchant, ORDER, NONCE), merchant)
  assert.deepEqual([sub_appid, sub_mch_id, sign_type], ['wxfedcba9876543210', '1900000110', 'MD5'])
})
