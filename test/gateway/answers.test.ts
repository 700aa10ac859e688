import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { systemClock } from '../../device/clock.ts'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import { COMMON, MERCHANT, ORDER, omit, PAID, QUERIED, signed, unsigned } from '../wechat/merchant.ts'
import { CODE, openGateway, SUBMIT } from './gateway.ts'
import { answer, listenRaw } from './raw-server.ts'

test('a verified answer comes with when it was sent and the date of the server', async t => {
  const server = await listenRaw(t, ({ socket }) =>
    answer(socket, signed(PAID), { headers: 'Date: Fri, 01 Jan 2027 04:00:00 GMT\r\n' }),
  )
  const gateway = await openGateway(t, [server.origin])
  const before = systemClock.now().mono
  const reply = await gateway.submit(SUBMIT, CODE)
  const after = systemClock.now().mono
  assert.ok(reply.kind === 'answered' && reply.answer.verdict === 'paid')
  assert.equal(reply.date, Date.UTC(2027, 0, 1, 4))
  assert.ok(before <= reply.sentAt && reply.sentAt <= after)
  assert.deepEqual([server.requests[0]?.path, server.requests.length], ['/pay/micropay', 1])
})

test('every call has its own address and a nonce of its own', async t => {
  const server = await listenRaw(t, ({ socket }) => answer(socket, signed(COMMON)))
  const gateway = await openGateway(t, [server.origin])
  await gateway.submit(SUBMIT, CODE)
  await gateway.query(ORDER, 'lane')
  await gateway.query(ORDER, 'background')
  await gateway.reverse(ORDER)
  await gateway.refund({ ...ORDER, outRefundNo: 'TESTORDER0001-R0', refundAmount: ORDER.amount })
  await gateway.refundQuery(ORDER)
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ['/pay/micropay', '/pay/orderquery', '/pay/orderquery', '/secapi/pay/reverse', '/secapi/pay/refund', '/pay/refundquery'],
  )
  const nonces = server.requests.map(({ body }) => /<nonce_str>([0-9a-f]{32})</.exec(body)?.[1])
  assert.ok(!nonces.includes(undefined))
  assert.equal(new Set(nonces).size, 6)
})

const CERTIFICATE_PAGE = '<html><title>400 No required SSL certificate was sent</title></html>'

const UNBELIEVABLE: [why: string, body: string | Uint8Array, how?: { status?: string; headers?: string }][] = [
  ['http_status', signed(QUERIED), { status: '500 Internal Server Error' }],
  ['http_status', '', { status: '502 Bad Gateway' }],
  ['http_status', '', { status: '302 Found', headers: 'Location: https://127.0.0.1:1/\r\n' }],
  ['http_status', '<html>Bad Request</html>', { status: '400 Bad Request' }],
  ['certificate_refused', CERTIFICATE_PAGE, { status: '400 Bad Request' }],
  ['certificate_refused', '<html>The SSL certificate error</html>', { status: '400 Bad Request' }],
  ['too_large', 'x'.repeat(65_537)],
  ['not_xml', '<html><body>Sign in to this network</body></html>'],
  ['not_xml', ''],
  ['return_code', unsigned({ return_code: 'FAIL', return_msg: 'SYSTEMERROR' })],
  ['sign_error', unsigned({ return_code: 'FAIL', return_msg: '签名错误' })],
  ['signature', unsigned(QUERIED)],
  ['signature', signed(QUERIED, { ...MERCHANT, apiKey: 'other' })],
  ['app_id', signed({ ...QUERIED, appid: 'wxother' })],
  ['mch_id', signed({ ...QUERIED, mch_id: '1900000110' })],
  ['out_trade_no', signed({ ...QUERIED, out_trade_no: 'TESTORDER0002' })],
  ['amount', signed({ ...QUERIED, total_fee: '1' })],
  ['currency', signed({ ...QUERIED, fee_type: 'USD' })],
  ['incomplete', signed(omit(QUERIED, 'transaction_id'))],
  ['trade_state', signed({ ...QUERIED, trade_state: 'SHIPPED' })],
]

for (const [why, body, how = {}] of UNBELIEVABLE) {
  test(`an answer that cannot be believed is unknown: ${why}, ${how.status ?? body.slice(0, 24)}`, async t => {
    const server = await listenRaw(t, ({ socket }) => answer(socket, body, how))
    const gateway = await openGateway(t, [server.origin])
    const reply = await gateway.query(ORDER, 'lane')
    assert.deepEqual({ ...reply, sentAt: 0 }, { kind: 'unknown', why, sentAt: 0 })
    assert.equal(server.requests.length, 1)
  })
}

test('a connection that breaks instead of an answer is unknown', async t => {
  const breaks: ((socket: TLSSocket) => void)[] = [
    socket => socket.end(),
    socket => socket.destroy(),
    socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<xml>'),
    socket => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
  ]
  for (const breakIt of breaks) {
    const server = await listenRaw(t, ({ socket }) => breakIt(socket))
    const gateway = await openGateway(t, [server.origin])
    const reply = await gateway.submit(SUBMIT, CODE)
    assert.ok(reply.kind === 'unknown' && reply.why === 'no_answer', breakIt.toString())
    assert.equal(server.requests.length, 1)
  }
})

test('a server that reads the request and never answers is unknown when the time is up', async t => {
  const server = await listenRaw(t, () => {})
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [server.origin], { clock })
  const reply = gateway.submit(SUBMIT, CODE)
  await until('the request arrived', () => server.requests.length === 1)
  clock.advance(10_000)
  assert.deepEqual(await reply, { kind: 'unknown', why: 'no_answer', sentAt: 0 })
  assert.equal(clock.pending, 0)
})

test('an answer that comes drop by drop is ended when the time is up', async t => {
  const body = signed(QUERIED)
  const server = await listenRaw(t, ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nDate: Fri, 01 Jan 2027 04:00:00 GMT\r\ncontent-length: ${body.length}\r\n\r\n`)
  })
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [server.origin], { clock })
  const reply = gateway.query(ORDER, 'lane')
  await until('the request arrived', () => server.requests.length === 1)
  let closed = false
  server.sockets[0]?.on('close', () => {
    closed = true
  })
  for (let second = 0; second < 10; second += 1) {
    server.sockets[0]?.write(body.subarray(second, second + 1))
    clock.advance(1_000)
  }
  const { kind, ...about } = await reply
  assert.equal(kind, 'unknown')
  assert.ok('why' in about && about.why === 'no_answer')
  await until('the connection was closed', () => closed)
})

test('no call throws once the gateway is closed, and calls under way are unknown', async t => {
  const server = await listenRaw(t, () => {})
  const gateway = await openGateway(t, [server.origin])
  const reply = gateway.submit(SUBMIT, CODE)
  await until('the request arrived', () => server.requests.length === 1)
  await gateway.close()
  const underWay = await reply
  assert.ok(underWay.kind === 'unknown' && underWay.why === 'no_answer')
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'not_sent')
  gateway.warm()
  assert.equal(server.requests.length, 1)
})
