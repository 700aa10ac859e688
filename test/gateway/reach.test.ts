import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'
import { systemClock } from '../../device/clock.ts'
import { mostTelling, whyNoAnswer, whyNotSent } from '../../device/gateway/failure.ts'
import { createGateway } from '../../device/gateway/wechat-gateway.ts'
import { VirtualClock } from '../clock.ts'
import { makeAuthority } from '../tls.ts'
import { until } from '../until.ts'
import { COMMON, MERCHANT, ORDER, PAID, signed } from '../wechat/merchant.ts'
import { CODE, openGateway, SUBMIT } from './gateway.ts'
import { answer, listenRaw, listenTcp, refusingOrigin, sharedAuthority } from './raw-server.ts'

const payingServer = (t: TestContext) => listenRaw(t, ({ socket }) => answer(socket, signed(PAID)))

test('a host that refuses is passed over for the next', async t => {
  const good = await payingServer(t)
  const gateway = await openGateway(t, [await refusingOrigin(), good.origin])
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.equal(good.requests.length, 1)
})

test('refused everywhere is not sent', async t => {
  const gateway = await openGateway(t, [await refusingOrigin(), await refusingOrigin()])
  assert.deepEqual(await gateway.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'refused' })
})

test('a host that has read the request is the last one tried', async t => {
  const silent = await listenRaw(t, ({ socket }) => socket.destroy())
  const good = await payingServer(t)
  const gateway = await openGateway(t, [silent.origin, good.origin])
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'unknown')
  assert.equal(good.requests.length, 0)
})

test('a host that never finishes the handshake is passed over after three seconds, and sees nothing of the request afterwards', async t => {
  let connections = 0
  let bytes = ''
  const mute = await listenTcp(t, socket => {
    connections += 1
    socket.on('data', chunk => {
      bytes += chunk.toString('latin1')
    })
  })
  const good = await payingServer(t)
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [mute, good.origin], { clock })
  const reply = gateway.submit(SUBMIT, CODE)
  await until('the connection came', () => connections === 1)
  clock.advance(2_999)
  assert.equal(good.sockets.length, 0)
  clock.advance(1)
  assert.equal((await reply).kind, 'answered')
  assert.ok(!bytes.includes('POST'))
})

test('a handshake that is done only when the time is up sends nothing', async t => {
  const server = await payingServer(t)
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [server.origin], { clock })
  const reply = gateway.submit(SUBMIT, CODE)
  clock.advance(3_000)
  assert.deepEqual(await reply, { kind: 'not_sent', why: 'timeout' })
  await until('the handshake is done', () => server.sockets.length === 1)
  const next = await gateway.submit(SUBMIT, CODE)
  assert.equal(next.kind, 'answered')
  assert.equal(server.requests.length, 1, 'only the second call arrived')
})

test('an authority that is not trusted, and a server that speaks no TLS, are not sent', async t => {
  const { serverKeyPem, serverCertPem } = await makeAuthority()
  const foreign = await listenRaw(t, () => {}, { key: serverKeyPem, cert: serverCertPem })
  const plain = await listenTcp(t, socket => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
  const closing = await listenTcp(t, socket => socket.on('data', () => socket.end()))
  for (const origin of [foreign.origin, plain, closing]) {
    const gateway = await openGateway(t, [origin])
    assert.deepEqual(await gateway.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'tls' })
  }
  assert.equal(foreign.requests.length, 0)
})

test("the configured authority is trusted beside the system's", async t => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'an authority of the system' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, cert])
  t.after(() => setDefaultCACertificates(before))
  const ofTheSystem = await listenRaw(t, ({ socket }) => answer(socket, signed(PAID)), { key, cert })
  for (const { origin } of [await payingServer(t), ofTheSystem]) {
    const gateway = await openGateway(t, [origin])
    assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  }
})

test('a certificate for another name is not sent', async t => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'elsewhere.test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  const server = await listenRaw(t, () => {}, { key, cert })
  const gateway = await openGateway(t, [server.origin], { ca: cert })
  assert.deepEqual(await gateway.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'tls' })
})

test('a server certificate outside its dates points at the clock', async t => {
  const dates = [
    { notBeforeDate: new Date(Date.UTC(2001, 0, 1)), notAfterDate: new Date(Date.UTC(2002, 0, 1)) },
    { notBeforeDate: new Date(Date.UTC(2090, 0, 1)), notAfterDate: new Date(Date.UTC(2091, 0, 1)) },
  ]
  for (const validity of dates) {
    const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ...validity,
    })
    const server = await listenRaw(t, () => {}, { key, cert })
    const gateway = await openGateway(t, [server.origin], { ca: cert })
    assert.deepEqual(await gateway.query(ORDER, 'background'), { kind: 'not_sent', why: 'clock' })
  }
})

test('reverse and refund show the client certificate, nothing else does', async t => {
  const { caPem } = await sharedAuthority()
  const server = await listenRaw(t, ({ socket }) => answer(socket, signed(COMMON)), {
    ca: caPem,
    requestCert: true,
    rejectUnauthorized: false,
  })
  const gateway = await openGateway(t, [server.origin])
  await gateway.submit(SUBMIT, CODE)
  await gateway.query(ORDER, 'lane')
  await gateway.refundQuery(ORDER)
  await gateway.reverse(ORDER)
  await gateway.refund({ ...ORDER, outRefundNo: 'TESTORDER0001-R0', refundAmount: ORDER.amount })
  const shown = server.requests.map(({ client }) => client)
  assert.deepEqual(shown, [undefined, undefined, undefined, ...Array.from({ length: 2 }, () => 'CN=tillbridge test client')])
})

test('without a client certificate reverse and refund are not sent, and a query goes without', async t => {
  const server = await listenRaw(t, ({ socket }) =>
    answer(socket, signed({ ...COMMON, result_code: 'FAIL', err_code: 'ORDERNOTEXIST' })),
  )
  const { caPem } = await sharedAuthority()
  const gateway = createGateway(
    { hosts: [server.origin], ca: caPem, answerWithinMs: 10_000, merchant: MERCHANT },
    { clock: systemClock },
  )
  t.after(() => gateway.close())
  const refund = { ...ORDER, outRefundNo: 'TESTORDER0001-R0', refundAmount: ORDER.amount }
  assert.deepEqual(await gateway.reverse(ORDER), { kind: 'not_sent', why: 'certificate' })
  assert.deepEqual(await gateway.refund(refund), { kind: 'not_sent', why: 'certificate' })
  const probed = await gateway.query(ORDER, 'background')
  assert.ok(probed.kind === 'answered' && probed.answer.verdict === 'refused' && probed.answer.errCode === 'ORDERNOTEXIST')
})

test('an alert about the client certificate is told apart from other trouble', async t => {
  const alerts = { 42: 'certificate', 45: 'certificate', 48: 'certificate', 51: 'certificate', 40: 'tls', 70: 'tls' }
  for (const [alert, why] of Object.entries(alerts)) {
    const origin = await listenTcp(t, socket =>
      socket.on('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, Number(alert)]))),
    )
    const gateway = await openGateway(t, [origin])
    assert.deepEqual(await gateway.reverse(ORDER), { kind: 'not_sent', why }, `alert ${alert}`)
  }
  const late = Object.assign(new Error(), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' })
  assert.equal(whyNoAnswer(late), 'certificate_refused', 'TLS 1.3 brings it when the request has been sent')
})

test('errors before the first byte are told by their code', () => {
  const codes: [code: string | undefined, why: string][] = [
    ['ENOTFOUND', 'name'],
    ['EAI_AGAIN', 'name'],
    ['ECONNREFUSED', 'refused'],
    ['ENETUNREACH', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['ECONNRESET', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'certificate'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'certificate'],
    ['CERT_HAS_EXPIRED', 'clock'],
    ['CERT_NOT_YET_VALID', 'clock'],
    ['NEW_CODE', 'refused'],
    [undefined, 'refused'],
  ]
  for (const [code, why] of codes) assert.equal(whyNotSent(Object.assign(new Error(), { code })), why, code)
})

test('of several hosts the reason that tells most is told', () => {
  assert.equal(mostTelling(['name', 'refused', 'clock']), 'clock')
  assert.equal(mostTelling(['timeout', 'name']), 'timeout')
  assert.equal(mostTelling(['refused', 'tls']), 'tls')
})
