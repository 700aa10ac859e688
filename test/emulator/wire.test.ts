import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { type FaultEntry, seededRandom, Wire, type WireReply, type WireRequest } from '../../device/emulator/index.ts'
import { isSigned, sign } from '../../device/emulator/signature.ts'
import { readXml, writeXml } from '../../device/emulator/xml.ts'
import { MERCHANT, NOON, Shop } from './shop.ts'

type Fields = Record<string, string>

const shopWithWire = (settings: ConstructorParameters<typeof Shop>[0] = {}) => {
  const shop = new Shop(settings)
  return { shop, wire: new Wire({ engine: shop.engine, random: seededRandom(2) }) }
}

function request(path: string, fields: Fields, more: Partial<WireRequest> = {}): WireRequest {
  const all = new Map(Object.entries({ appid: MERCHANT.appId, mch_id: MERCHANT.mchId, nonce_str: 'abc', ...fields }))
  if (!all.has('sign'))
    all.set('sign', sign(all, MERCHANT.apiKey, all.get('sign_type') === 'HMAC-SHA256' ? 'HMAC-SHA256' : 'MD5'))
  return { method: 'POST', path, body: Buffer.from(writeXml(all)), certificate: 'good', ...more }
}

function submit(shop: Shop, outTradeNo: string, more: Fields = {}): WireRequest {
  const authCode = shop.engine.issueCode('Li')
  const fields = { body: 'tea', total_fee: '100', spbill_create_ip: '10.0.0.1', auth_code: authCode, out_trade_no: outTradeNo }
  return request('/pay/micropay', { ...fields, ...more })
}

const query = (outTradeNo: string, more: Fields = {}) => request('/pay/orderquery', { out_trade_no: outTradeNo, ...more })

function written(reply: WireReply) {
  assert.equal(reply.kind, 'answer')
  if (reply.kind !== 'answer') throw new assert.AssertionError({ message: 'unreachable' })
  return reply
}

function fieldsOf(reply: WireReply): Map<string, string> {
  const fields = readXml(written(reply).body.toString())
  assert.ok(fields)
  return fields
}

const signed = (fields: ReadonlyMap<string, string>) => isSigned(fields, MERCHANT.apiKey, 'MD5')

test('a signed request is answered with a signature of the same kind', () => {
  const { shop, wire } = shopWithWire()
  const answer = fieldsOf(wire.handle(submit(shop, 'order-1')))
  assert.equal(answer.get('result_code'), 'SUCCESS')
  assert.match(answer.get('nonce_str') ?? '', /^[A-Za-z0-9]{32}$/)
  assert.ok(signed(answer))
  const other = fieldsOf(wire.handle(query('order-1', { sign_type: 'HMAC-SHA256' })))
  assert.equal(other.get('trade_state'), 'SUCCESS')
  assert.ok(isSigned(other, MERCHANT.apiKey, 'HMAC-SHA256'))
})

test('a FAIL of the second level is signed, one of the first is not', () => {
  const { shop, wire } = shopWithWire()
  const paying = fieldsOf(wire.handle(submit(shop, 'order-1', { total_fee: '50001' })))
  assert.equal(paying.get('err_code'), 'USERPAYING')
  assert.ok(signed(paying))
  const refused = fieldsOf(wire.handle(query('order-1', { sign: 'wrong' })))
  assert.deepEqual(Object.fromEntries(refused), { return_code: 'FAIL', return_msg: '签名错误' })
})

for (const [what, broken] of [
  ['a wrong signature', { sign: 'F'.repeat(32) }],
  ['no signature', { sign: '' }],
  ['an unknown kind of signature', { sign_type: 'SHA1' }],
] as const) {
  test(`${what} is refused, and nothing is done`, () => {
    const { shop, wire } = shopWithWire()
    assert.equal(fieldsOf(wire.handle(submit(shop, 'order-1', broken))).get('return_msg'), '签名错误')
    assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
    const listed = shopWithWire({ refusalForm: 'err_code' })
    const answer = fieldsOf(listed.wire.handle(submit(listed.shop, 'order-1', broken)))
    assert.equal(answer.get('err_code'), 'SIGNERROR')
  })
}

test('a changed field breaks the signature', () => {
  const { shop, wire } = shopWithWire()
  const sent = submit(shop, 'order-1')
  const changed = sent.body.toString().replace('<total_fee>100<', '<total_fee>1<')
  assert.equal(fieldsOf(wire.handle({ ...sent, body: Buffer.from(changed) })).get('return_code'), 'FAIL')
})

test('a request without a nonce is refused', () => {
  const { shop, wire } = shopWithWire()
  assert.equal(fieldsOf(wire.handle(submit(shop, 'order-1', { nonce_str: '' }))).get('return_msg'), '缺少参数')
  assert.equal(fieldsOf(wire.handle(submit(shop, 'order-1', { nonce_str: 'n'.repeat(33) }))).get('return_msg'), '参数错误')
})

for (const [what, more, errCode, message] of [
  ['a GET', { method: 'GET' }, 'REQUIRE_POST_METHOD', '请使用post方法'],
  ['a body that is not XML', { body: Buffer.from('{}') }, 'XML_FORMAT_ERROR', 'XML格式错误'],
  ['a document type', { body: Buffer.from('<!DOCTYPE a><xml></xml>') }, 'XML_FORMAT_ERROR', 'XML格式错误'],
  ['a character cut in two', { body: Buffer.from([0x3c, 0xe8, 0x8c]) }, 'NOT_UTF8', '编码格式错误'],
] as const) {
  test(`${what} is ${errCode}`, () => {
    const { wire } = shopWithWire()
    assert.equal(fieldsOf(wire.handle({ ...request('/pay/micropay', {}), ...more })).get('return_msg'), message)
    const listed = shopWithWire({ refusalForm: 'err_code' })
    const answer = fieldsOf(listed.wire.handle({ ...request('/pay/micropay', {}), ...more }))
    assert.equal(answer.get('err_code'), errCode)
  })
}

test('a bill that is refused for its signature says so in its own form', () => {
  const { wire } = shopWithWire()
  const answer = fieldsOf(wire.handle(request('/pay/downloadbill', { bill_date: '20261122', sign: 'wrong' })))
  assert.deepEqual(Object.fromEntries(answer), { return_code: 'FAIL', return_msg: '签名错误', error_code: '20001' })
})

test('a bill is plain text, or gzip when asked for, with the same text', () => {
  const { shop, wire } = shopWithWire()
  wire.handle(submit(shop, 'order-1'))
  shop.now += 86_400_000
  const asked = { bill_date: '20261123' }
  const plain = written(wire.handle(request('/pay/downloadbill', asked)))
  assert.deepEqual([...plain.body.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  const zipped = written(wire.handle(request('/pay/downloadbill', { ...asked, tar_type: 'GZIP' })))
  assert.equal(zipped.headers['content-encoding'], undefined)
  assert.deepEqual(gunzipSync(zipped.body), plain.body)
})

test('without a certificate there is no reverse, with one of somebody else there is nothing', () => {
  const { wire } = shopWithWire()
  const page = (path: string, certificate: 'none' | 'bad') => {
    const { status, body, headers } = written(wire.handle(request(path, { out_trade_no: 'order-1' }, { certificate })))
    assert.equal(headers['content-type'], 'text/html')
    return `${status} ${/<center>([^<]*)<\/center>\r\n<hr>/.exec(body.toString())?.[1]}`
  }
  assert.equal(page('/secapi/pay/reverse', 'none'), '400 No required SSL certificate was sent')
  assert.equal(page('/secapi/pay/reverse', 'bad'), '400 The SSL certificate error')
  assert.equal(page('/pay/orderquery', 'bad'), '400 The SSL certificate error')
  const answer = fieldsOf(wire.handle(request('/pay/orderquery', { out_trade_no: 'order-1' }, { certificate: 'none' })))
  assert.equal(answer.get('err_code'), 'ORDERNOTEXIST')
})

test('a body too long and a path that is none are refused by their status', () => {
  const { wire } = shopWithWire()
  const long = { ...query('order-1'), body: Buffer.alloc(65_537, 0x20) }
  assert.equal(written(wire.handle(long)).status, 413)
  assert.equal(written(wire.handle(request('/pay/closeorder', { out_trade_no: 'order-1' }))).status, 404)
})

test('answers carry the date of the clock given, or of the engine', () => {
  const { shop, wire } = shopWithWire()
  assert.equal(written(wire.handle(query('order-1'))).headers['date'], new Date(NOON).toUTCString())
  const off = new Wire({ engine: shop.engine, random: seededRandom(2), clock: () => 0 })
  assert.equal(written(off.handle(query('order-1'))).headers['date'], 'Thu, 01 Jan 1970 00:00:00 GMT')
})

test('what was received is remembered without its secrets', () => {
  const { shop, wire } = shopWithWire()
  wire.handle(submit(shop, 'order-1'))
  wire.handle(submit(shop, 'order-1'))
  wire.handle(submit(shop, 'order-2'))
  assert.equal(wire.received.count('/pay/micropay'), 3)
  const seen = wire.received.requests('/pay/micropay', 'order-1')
  assert.equal(seen.length, 2)
  assert.equal(seen[0]?.at, NOON)
  assert.equal(seen[0]?.fields.get('body'), 'tea')
  assert.ok(!seen[0]?.fields.has('auth_code') && !seen[0]?.fields.has('sign'))
})

test('a fault strikes the request it is planned for, as often as planned', () => {
  const { wire } = shopWithWire()
  wire.faults.add({ match: { path: '/pay/orderquery', outTradeNo: 'order-1', nth: 2 }, fault: { kind: 'bad_gateway' }, times: 2 })
  const statuses = ['order-1', 'order-2', 'order-1', 'order-1', 'order-1'].map(no => written(wire.handle(query(no))).status)
  assert.deepEqual(statuses, [200, 200, 502, 502, 200])
  assert.equal(wire.faults.pending, 0)
})

test('a fault that is none is refused when it is planned', () => {
  const { wire } = shopWithWire()
  const bad = (entry: unknown) => assert.throws(() => wire.faults.add(entry as FaultEntry), { code: 'bad_fault' })
  bad({ fault: { kind: 'explode' } })
  bad({ fault: { kind: 'late', byMs: -1 } })
  bad({ fault: { kind: 'captive' }, times: 0 })
})

test('lost before is not done, lost after is', () => {
  const { shop, wire } = shopWithWire()
  wire.faults.add({ fault: { kind: 'lost_before', how: 'close' } })
  wire.faults.add({ fault: { kind: 'lost_after' } })
  assert.deepEqual(wire.handle(submit(shop, 'order-1')), { kind: 'drop', how: 'close' })
  assert.deepEqual(wire.handle(submit(shop, 'order-2')), { kind: 'drop', how: 'silence' })
  assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  assert.equal(shop.state('order-2'), 'SUCCESS')
})

test('after a submit whose answer was lost the order may be hidden from queries', () => {
  const { shop, wire } = shopWithWire({ lostAnswer: ['hidden'] })
  wire.faults.add({ fault: { kind: 'lost_after' } })
  wire.handle(submit(shop, 'order-1'))
  assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  assert.equal(shop.netFen('order-1'), 100)
})

test('a request may arrive late, and is done only then', () => {
  const { shop, wire } = shopWithWire()
  wire.faults.add({ fault: { kind: 'late_request', byMs: 20_000 } })
  const reply = wire.handle(submit(shop, 'order-1'))
  assert.equal(reply.kind, 'later')
  assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  shop.now += 20_000
  if (reply.kind === 'later') assert.equal(fieldsOf(reply.resume()).get('time_end'), '20261123120020')
})

test('an answer may be late or slow', () => {
  const { shop, wire } = shopWithWire()
  wire.faults.add({ fault: { kind: 'late', byMs: 9_000 } })
  wire.faults.add({ fault: { kind: 'slow', byMs: 3_000 } })
  assert.equal(written(wire.handle(submit(shop, 'order-1'))).delayMs, 9_000)
  assert.equal(shop.state('order-1'), 'SUCCESS')
  assert.equal(written(wire.handle(query('order-1'))).spreadMs, 3_000)
})

test('an answer may have a wrong signature or none', () => {
  const { shop, wire } = shopWithWire()
  wire.faults.add({ fault: { kind: 'wrong_sign' } })
  wire.faults.add({ fault: { kind: 'no_sign' } })
  const wrong = fieldsOf(wire.handle(submit(shop, 'order-1')))
  assert.match(wrong.get('sign') ?? '', /^[0-9A-F]{32}$/)
  assert.ok(!signed(wrong))
  assert.equal(fieldsOf(wire.handle(query('order-1'))).get('sign'), undefined)
})

test('a wrong amount, appid, merchant or order comes with a right signature', () => {
  const { shop, wire } = shopWithWire()
  wire.handle(submit(shop, 'order-0', { total_fee: '777' }))
  wire.handle(submit(shop, 'order-1'))
  const spoilt = (fault: FaultEntry['fault']) => {
    wire.faults.add({ fault })
    const answer = fieldsOf(wire.handle(query('order-1')))
    assert.ok(signed(answer))
    return answer
  }
  assert.equal(spoilt({ kind: 'wrong_amount' }).get('total_fee'), '101')
  assert.equal(spoilt({ kind: 'altered', fields: { appid: 'wx0' } }).get('appid'), 'wx0')
  assert.equal(spoilt({ kind: 'altered', fields: { mch_id: '1', recall: 'Y' } }).get('recall'), undefined)
  const other = spoilt({ kind: 'other_order' })
  assert.equal(other.get('out_trade_no'), 'order-0')
  assert.equal(other.get('total_fee'), '777')
})

test('any err_code may be answered, the call done or not', () => {
  const { shop, wire } = shopWithWire()
  wire.faults.add({ fault: { kind: 'err_code', errCode: 'SYSTEMERROR', done: true } })
  wire.faults.add({ fault: { kind: 'err_code', errCode: 'FREQUENCY_LIMITED' } })
  for (const [outTradeNo, errCode, state] of [
    ['order-1', 'SYSTEMERROR', 'SUCCESS'],
    ['order-2', 'FREQUENCY_LIMITED', 'ORDERNOTEXIST'],
  ] as const) {
    const answer = fieldsOf(wire.handle(submit(shop, outTradeNo)))
    assert.equal(answer.get('err_code'), errCode)
    assert.equal(answer.get('out_trade_no'), undefined)
    assert.ok(signed(answer))
    assert.equal(shop.state(outTradeNo), state)
  }
})

test('a reverse may be answered recall=Y', () => {
  const { shop, wire } = shopWithWire()
  wire.handle(submit(shop, 'order-1'))
  wire.faults.add({ match: { path: '/secapi/pay/reverse' }, fault: { kind: 'recall' } })
  const reverse = () => fieldsOf(wire.handle(request('/secapi/pay/reverse', { out_trade_no: 'order-1' })))
  assert.equal(reverse().get('recall'), 'Y')
  assert.equal(shop.state('order-1'), 'SUCCESS')
  assert.equal(reverse().get('recall'), 'N')
})

test('a reverse that is made to fail asks to be called again only with a code that passes', () => {
  const { shop, wire } = shopWithWire()
  wire.handle(submit(shop, 'order-1'))
  for (const [errCode, recall] of [
    ['SYSTEMERROR', 'Y'],
    ['USERPAYING', 'Y'],
    ['REVERSE_EXPIRE', 'N'],
    ['TRADE_ERROR', 'N'],
  ] as const) {
    wire.faults.add({ match: { path: '/secapi/pay/reverse' }, fault: { kind: 'err_code', errCode } })
    const answer = fieldsOf(wire.handle(request('/secapi/pay/reverse', { out_trade_no: 'order-1' })))
    assert.deepEqual([answer.get('err_code'), answer.get('recall')], [errCode, recall])
  }
})

test('instead of an answer there may be a gateway error, garbage, or the page of a captive portal', () => {
  const { shop, wire } = shopWithWire()
  wire.faults.add({ fault: { kind: 'bad_gateway', done: true } })
  wire.faults.add({ fault: { kind: 'garbage' } })
  wire.faults.add({ fault: { kind: 'captive' } })
  const gateway = written(wire.handle(submit(shop, 'order-1')))
  assert.equal(gateway.status, 502)
  assert.equal(shop.state('order-1'), 'SUCCESS')
  const garbage = written(wire.handle(submit(shop, 'order-2')))
  assert.equal(readXml(garbage.body.toString()), undefined)
  const captive = written(wire.handle(submit(shop, 'order-3')))
  assert.equal(captive.status, 200)
  assert.match(captive.body.toString(), /<form/)
  assert.equal(shop.state('order-3'), 'ORDERNOTEXIST')
})
