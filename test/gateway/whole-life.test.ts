import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { toFen } from '../../core/money.ts'
import { toOutTradeNo } from '../../core/order.ts'
import type { Merchant } from '../../core/wechat/request.ts'
import { Engine, seededRandom, startServer, Wire } from '../../device/emulator/index.ts'
import { openGateway } from './gateway.ts'
import { sharedAuthority } from './raw-server.ts'

const NOON = Date.UTC(2027, 0, 1, 4)
const ORDER = { outTradeNo: toOutTradeNo('WHOLELIFE0001'), amount: toFen(1_280) }
const SUBMIT = { ...ORDER, body: '豆浆 & <油条>', attach: 'till ]]> 3 🧋' }
const MERCHANT: Merchant = {
  appId: 'wx8888888888888888',
  mchId: '1900000109',
  apiKey: 'emulated-key-of-32-characters-00',
  signType: 'HMAC-SHA256',
}

/** The gateway over TLS against an APIv2 server that shares no code with it. */
async function open(t: TestContext, merchant: Merchant = MERCHANT) {
  const { serverKeyPem: key, serverCertPem: cert, caPem: clientCa } = await sharedAuthority()
  const { mchId, appId, apiKey } = MERCHANT
  const engine = new Engine({ merchants: [{ mchId, appId, apiKey }], clock: () => NOON, random: seededRandom(1) })
  engine.addCustomer({ name: 'Li', balanceFen: 1_000_000, behaviour: { kind: 'pays', afterMs: 5_000 } })
  const server = await startServer({ wire: new Wire({ engine, random: seededRandom(2) }), key, cert, clientCa })
  t.after(() => server.close())
  return { engine, gateway: await openGateway(t, [server.origin], { merchant }) }
}

for (const signType of ['MD5', 'HMAC-SHA256'] as const) {
  test(`an order is paid, found, and given back in part (${signType})`, async t => {
    const { engine, gateway } = await open(t, { ...MERCHANT, signType })
    const missing = await gateway.query(ORDER, 'background')
    assert.ok(missing.kind === 'answered' && missing.answer.verdict === 'refused' && missing.answer.errCode === 'ORDERNOTEXIST')

    const submitted = await gateway.submit(SUBMIT, engine.issueCode('Li'))
    assert.ok(submitted.kind === 'answered' && submitted.answer.verdict === 'paid', JSON.stringify(submitted))
    assert.equal(submitted.date, NOON)
    const queried = await gateway.query(ORDER, 'lane')
    assert.ok(queried.kind === 'answered' && queried.answer.verdict === 'state' && queried.answer.state === 'SUCCESS')
    assert.deepEqual(queried.answer.paid, submitted.answer.paid)
    assert.equal(queried.answer.paid.paidAt, '2027-01-01T04:00:00.000Z')

    const refunded = await gateway.refund({ ...ORDER, outRefundNo: 'WHOLELIFE0001-R0', refundAmount: toFen(280) })
    assert.ok(refunded.kind === 'answered' && refunded.answer.verdict === 'accepted')
    const { transactionId } = submitted.answer.paid
    const refunds = await gateway.refundQuery(ORDER)
    assert.ok(refunds.kind === 'answered')
    assert.deepEqual(refunds.answer, { verdict: 'refunds', returned: 280, processing: 0, stuck: 0, transactionId })
    assert.equal(engine.balanceFen('Li'), 999_000)

    const second = { ...ORDER, outRefundNo: 'REFUND-2', refundAmount: toFen(500), reason: '凉了' }
    const none = await gateway.refundState(second)
    assert.ok(none.kind === 'answered' && none.answer.verdict === 'refused' && none.answer.errCode === 'REFUNDNOTEXIST')
    await gateway.refund(second)
    const one = await gateway.refundState(second)
    assert.deepEqual(one.kind === 'answered' && one.answer, { verdict: 'refund', status: 'returned' })
    const mistaken = await gateway.refundState({ ...second, refundAmount: toFen(501) })
    assert.ok(mistaken.kind === 'unknown' && mistaken.why === 'amount')
    assert.equal(engine.balanceFen('Li'), 999_500)
  })
}

test('an order is reversed and found so', async t => {
  const { engine, gateway } = await open(t)
  await gateway.submit(SUBMIT, engine.issueCode('Li'))
  const reversed = await gateway.reverse(ORDER)
  assert.ok(reversed.kind === 'answered')
  assert.deepEqual(reversed.answer, { verdict: 'done' })
  const queried = await gateway.query(ORDER, 'background')
  assert.ok(queried.kind === 'answered' && queried.answer.verdict === 'state' && queried.answer.state !== 'SUCCESS')
  assert.equal(engine.balanceFen('Li'), 1_000_000)
})

test('a wrong key is named, and pays nothing', async t => {
  const { engine, gateway } = await open(t, { ...MERCHANT, apiKey: 'a-wrong-key-of-32-characters-000' })
  const reply = await gateway.submit(SUBMIT, engine.issueCode('Li'))
  assert.ok(reply.kind === 'unknown' && reply.why === 'sign_error')
  assert.equal(engine.balanceFen('Li'), 1_000_000)
})
