import assert from 'node:assert/strict'
import { before, type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Agent, request } from 'undici'
import { Engine, seededRandom, startServer, Wire } from '../../device/emulator/index.ts'
import { isSigned, sign } from '../../device/emulator/signature.ts'
import { readXml, writeXml } from '../../device/emulator/xml.ts'
import { type Authority, makeAuthority } from '../tls.ts'
import { until } from '../until.ts'
import { MERCHANT, NOON } from './shop.ts'

let authority: Authority
let stranger: Authority

before(async () => {
  ;[authority, stranger] = await Promise.all([makeAuthority(), makeAuthority()])
})

type Identity = 'own' | 'stranger' | 'nobody'

/** A server on a free port, and a client of it that keeps one connection alive; both end with the test. */
async function serve(t: TestContext, { as = 'own', date = NOON }: { as?: Identity; date?: number } = {}) {
  let now = NOON
  const settings = { unknownCode: 'anyone' } as const
  const engine = new Engine({ merchants: [MERCHANT], clock: () => now, random: seededRandom(1), settings })
  engine.addCustomer({ name: 'Li', balanceFen: 1_000_000, behaviour: { kind: 'pays', afterMs: 5_000 } })
  const wire = new Wire({ engine, random: seededRandom(2), clock: () => date })
  const { serverKeyPem: key, serverCertPem: cert, caPem: clientCa } = authority
  const server = await startServer({ wire, key, cert, clientCa })
  const client = as === 'stranger' ? stranger : authority
  const identity = as === 'nobody' ? {} : { key: client.clientKeyPem, cert: client.clientCertPem }
  const dispatcher = new Agent({ connect: { ca: authority.caPem, ...identity }, connections: 1, pipelining: 1 })
  t.after(async () => {
    await dispatcher.destroy()
    await server.close()
  })

  const post = async (path: string, given: Record<string, string>, signal?: AbortSignal) => {
    const fields = new Map(Object.entries({ appid: MERCHANT.appId, mch_id: MERCHANT.mchId, nonce_str: 'abc', ...given }))
    fields.set('sign', sign(fields, MERCHANT.apiKey, 'MD5'))
    const options = { method: 'POST', body: writeXml(fields), dispatcher, ...(signal ? { signal } : {}) } as const
    const { statusCode, headers, body } = await request(`${server.origin}${path}`, options)
    return { statusCode, headers, body: Buffer.from(await body.arrayBuffer()) }
  }
  const ask = async (path: string, given: Record<string, string>) => {
    const fields = readXml((await post(path, given)).body.toString())
    assert.ok(fields && isSigned(fields, MERCHANT.apiKey, 'MD5'))
    return fields
  }
  const micropay = (outTradeNo: string, totalFee = '100') => ({
    body: '茶 & more',
    total_fee: totalFee,
    spbill_create_ip: '127.0.0.1',
    auth_code: engine.issueCode('Li'),
    out_trade_no: outTradeNo,
  })
  const pass = (ms: number) => {
    now += ms
  }
  return { engine, wire, server, post, ask, micropay, pass }
}

test('a payment with a password goes its way over one connection: submit, queries, reverse', async t => {
  const { engine, wire, server, ask, micropay, pass } = await serve(t)
  const named = { out_trade_no: 'order-1' }
  assert.equal((await ask('/pay/micropay', micropay('order-1', '50001'))).get('err_code'), 'USERPAYING')
  assert.equal((await ask('/pay/orderquery', named)).get('trade_state'), 'USERPAYING')
  pass(5_000)
  assert.equal((await ask('/pay/orderquery', named)).get('trade_state'), 'SUCCESS')
  assert.equal((await ask('/secapi/pay/reverse', named)).get('recall'), 'N')
  assert.equal((await ask('/pay/orderquery', named)).get('trade_state'), 'REVOKED')
  assert.equal(engine.ledger.netFen('order-1'), 0)
  assert.equal(server.connections(), 1)
  assert.equal(wire.received.requests('/pay/micropay', 'order-1').length, 1)
  assert.equal(wire.received.count('/pay/orderquery'), 3)
})

test('a refund and its query, and the bill as gzip', async t => {
  const { ask, post, micropay, pass } = await serve(t)
  await ask('/pay/micropay', micropay('order-1'))
  const refund = { out_trade_no: 'order-1', out_refund_no: 'part-1', total_fee: '100', refund_fee: '40' }
  assert.equal((await ask('/secapi/pay/refund', refund)).get('refund_fee'), '40')
  assert.equal((await ask('/pay/refundquery', { out_refund_no: 'part-1' })).get('refund_status_0'), 'SUCCESS')
  pass(86_400_000)
  const bill = await post('/pay/downloadbill', { bill_date: '20261123', tar_type: 'GZIP' })
  const lines = gunzipSync(bill.body).toString().split('\r\n')
  assert.match(lines[0] ?? '', /^\uFEFF交易时间,/)
  assert.ok(lines[1]?.includes('`茶 & more'))
})

test('a client that shows no certificate may pay and query, not reverse', async t => {
  const { ask, post, micropay } = await serve(t, { as: 'nobody' })
  assert.equal((await ask('/pay/micropay', micropay('order-1'))).get('result_code'), 'SUCCESS')
  const { statusCode, body } = await post('/secapi/pay/reverse', { out_trade_no: 'order-1' })
  assert.equal(statusCode, 400)
  assert.match(body.toString(), /No required SSL certificate was sent/)
})

test('a certificate of somebody else is refused on every path', async t => {
  const { wire, post } = await serve(t, { as: 'stranger' })
  for (const path of ['/pay/orderquery', '/secapi/pay/reverse']) {
    const { statusCode, body } = await post(path, { out_trade_no: 'order-1' })
    assert.equal(statusCode, 400)
    assert.match(body.toString(), /The SSL certificate error/)
  }
  assert.equal(wire.received.requests('/pay/orderquery')[0]?.certificate, 'bad')
})

test('the date of an answer is that of the clock given', async t => {
  const { post } = await serve(t, { date: 0 })
  const { headers } = await post('/pay/orderquery', { out_trade_no: 'order-1' })
  assert.equal(headers['date'], 'Thu, 01 Jan 1970 00:00:00 GMT')
})

test('a kept-alive connection may be closed without an answer, the call done or not', async t => {
  const { wire, server, engine, ask, post, micropay } = await serve(t)
  await ask('/pay/orderquery', { out_trade_no: 'order-1' })
  wire.faults.add({ match: { path: '/pay/micropay' }, fault: { kind: 'lost_after', how: 'close' } })
  wire.faults.add({ match: { path: '/pay/micropay' }, fault: { kind: 'lost_before', how: 'close' } })
  await assert.rejects(post('/pay/micropay', micropay('order-1')), { code: 'UND_ERR_SOCKET' })
  await assert.rejects(post('/pay/micropay', micropay('order-2', '200')), { code: 'UND_ERR_SOCKET' })
  assert.equal(engine.ledger.netFen('order-1'), 100)
  assert.equal(engine.ledger.netFen('order-2'), 0)
  assert.equal(wire.received.count('/pay/micropay'), 2, 'a POST is not sent again by itself')
  assert.ok(server.connections() >= 2)
})

test('an answer may never come, and the client may go', async t => {
  const { wire, engine, post, micropay } = await serve(t)
  wire.faults.add({ fault: { kind: 'lost_after' } })
  const gone = new AbortController()
  const asked = assert.rejects(post('/pay/micropay', micropay('order-1'), gone.signal), { name: 'AbortError' })
  await until('the request was received', () => wire.received.count('/pay/micropay') === 1)
  gone.abort()
  await asked
  assert.equal(engine.ledger.netFen('order-1'), 100)
})

test('a late request is done late, a late answer is done at once, a slow one comes whole', async t => {
  const { wire, ask, micropay } = await serve(t)
  wire.faults.add({ fault: { kind: 'late_request', byMs: 20 } })
  wire.faults.add({ fault: { kind: 'late', byMs: 20 } })
  wire.faults.add({ fault: { kind: 'slow', byMs: 20 } })
  assert.equal((await ask('/pay/micropay', micropay('order-1'))).get('out_trade_no'), 'order-1')
  assert.equal((await ask('/pay/orderquery', { out_trade_no: 'order-1' })).get('trade_state'), 'SUCCESS')
  assert.equal((await ask('/pay/orderquery', { out_trade_no: 'order-1' })).get('trade_state'), 'SUCCESS')
})

for (const kind of ['late', 'slow'] as const) {
  test(`a client that goes before a ${kind} answer breaks nothing`, async t => {
    const { wire, ask, post, micropay } = await serve(t)
    wire.faults.add({ fault: { kind, byMs: 30 } })
    const gone = new AbortController()
    const asked = assert.rejects(post('/pay/micropay', micropay('order-1'), gone.signal), { name: 'AbortError' })
    await until('the request was received', () => wire.received.count('/pay/micropay') === 1)
    gone.abort()
    await asked
    wire.faults.add({ fault: { kind: 'late', byMs: 60 } })
    assert.equal((await ask('/pay/orderquery', { out_trade_no: 'order-1' })).get('trade_state'), 'SUCCESS')
  })
}

test('a body too long is refused by its status', async t => {
  const { post } = await serve(t)
  assert.equal((await post('/pay/micropay', { detail: 'x'.repeat(70_000) })).statusCode, 413)
})

test('closing ends every socket and every answer still to come', async t => {
  const { wire, server, post, micropay } = await serve(t)
  wire.faults.add({ fault: { kind: 'late', byMs: 3_600_000 } })
  const asked = assert.rejects(post('/pay/micropay', micropay('order-1')), { code: 'UND_ERR_SOCKET' })
  await until('the request was received', () => wire.received.count('/pay/micropay') === 1)
  await server.close()
  await asked
  await assert.rejects(post('/pay/orderquery', { out_trade_no: 'order-1' }), { code: 'ECONNREFUSED' })
})
