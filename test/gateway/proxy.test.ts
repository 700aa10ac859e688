import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Addresses } from '../../device/gateway/addresses.ts'
import { ProxyError, Tunnel } from '../../device/gateway/tunnel.ts'
import { VirtualClock } from '../clock.ts'
import { makeAuthority } from '../tls.ts'
import { until } from '../until.ts'
import { COMMON, ORDER, PAID, QUERIED, signed } from '../wechat/merchant.ts'
import { listenProxy } from './connect-proxy.ts'
import { CODE, openGateway, SUBMIT } from './gateway.ts'
import { answer, listenRaw, refusingOrigin, type SeenRequest, sharedAuthority } from './raw-server.ts'

const answerAll = ({ path, socket }: SeenRequest) => {
  if (path === '/pay/micropay') answer(socket, signed(PAID))
  else answer(socket, signed(path === '/pay/orderquery' ? QUERIED : COMMON))
}
/** The hosts' names mean nothing here: the proxy knows them. */
const noNames = (name: string) => Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }))

test('every call goes through the tunnel, by name, and the proxy sees nothing of it', async t => {
  const server = await listenRaw(t, answerAll)
  const proxy = await listenProxy(t, (_, open) => open(server.port))
  const gateway = await openGateway(t, ['https://localhost'], { proxy: { url: proxy.url }, resolve: noNames })
  gateway.warm()
  await until('the handshake is done', () => server.sockets.length === 1)
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.equal((await gateway.query(ORDER, 'background')).kind, 'answered')
  assert.deepEqual(
    proxy.tunnels.map(({ to, authorization }) => [to, authorization]),
    [
      ['localhost:443', undefined],
      ['localhost:443', undefined],
    ],
    'one each for customers, warm before the first call, and the background',
  )
  for (const { sent } of proxy.tunnels) assert.ok(sent.length > 0 && !sent.includes('POST') && !sent.includes(CODE))
})

test('the client certificate is shown to WeChat Pay behind the proxy', async t => {
  const { caPem } = await sharedAuthority()
  const server = await listenRaw(t, answerAll, { ca: caPem, requestCert: true, rejectUnauthorized: false })
  const proxy = await listenProxy(t, (_, open) => open(server.port))
  const gateway = await openGateway(t, ['https://localhost:8443'], { proxy: { url: proxy.url } })
  await gateway.query(ORDER, 'lane')
  await gateway.reverse(ORDER)
  assert.deepEqual(
    server.requests.map(({ client }) => client),
    [undefined, 'CN=tillbridge test client'],
  )
  assert.deepEqual(
    proxy.tunnels.map(({ to }) => to),
    ['localhost:8443', 'localhost:8443'],
  )
})

for (const refusal of ['403 Forbidden', '407 Proxy Authentication Required', '502 Bad Gateway', '204 No Content']) {
  test(`a proxy that refuses is not sent, on every host in turn, and asked once for each: ${refusal}`, async t => {
    const proxy = await listenProxy(t, ({ client }) => client.end(`HTTP/1.1 ${refusal}\r\ncontent-length: 0\r\n\r\n`))
    const gateway = await openGateway(t, ['https://one.test', 'https://two.test'], { proxy: { url: proxy.url } })
    assert.deepEqual(await gateway.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'proxy' })
    assert.deepEqual(
      proxy.tunnels.map(({ to }) => to),
      ['one.test:443', 'two.test:443'],
    )
  })
}

test('a host that the proxy cannot reach is passed over for the next', async t => {
  const server = await listenRaw(t, answerAll)
  const proxy = await listenProxy(t, ({ to, client }, open) => {
    if (to.startsWith('localhost')) open(server.port)
    else client.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
  })
  const gateway = await openGateway(t, ['https://one.test', 'https://localhost'], { proxy: { url: proxy.url } })
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.equal(server.requests.length, 1)
})

test('a proxy that is away, or breaks the connection, is not sent and is not asked without an end', async t => {
  const away = await openGateway(t, ['https://one.test'], { proxy: { url: (await refusingOrigin()).replace('https', 'http') } })
  assert.deepEqual(await away.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'proxy' })
  const proxy = await listenProxy(t, ({ client }) => client.destroy())
  const broken = await openGateway(t, ['https://one.test'], { proxy: { url: proxy.url } })
  assert.deepEqual(await broken.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'proxy' })
  assert.equal(proxy.tunnels.length, 1)
})

test('a proxy that does not answer costs a call its time, and is not sent', async t => {
  const clock = new VirtualClock()
  const proxy = await listenProxy(t, () => {})
  const gateway = await openGateway(t, ['https://one.test'], { clock, proxy: { url: proxy.url } })
  const reply = gateway.submit(SUBMIT, CODE)
  await until('it was asked', () => proxy.tunnels.length === 1)
  clock.advance(3_000)
  assert.deepEqual(await reply, { kind: 'not_sent', why: 'timeout' })
})

test('a proxy that opens TLS is not sent', async t => {
  const { serverKeyPem, serverCertPem } = await makeAuthority()
  const eavesdropper = await listenRaw(t, () => {}, { key: serverKeyPem, cert: serverCertPem })
  const proxy = await listenProxy(t, (_, open) => open(eavesdropper.port))
  const gateway = await openGateway(t, ['https://localhost'], { proxy: { url: proxy.url } })
  assert.deepEqual(await gateway.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'tls' })
  assert.equal(eavesdropper.requests.length, 0)
})

test('a tunnel that breaks when the request has been read is unknown, and nothing is sent again', async t => {
  const server = await listenRaw(t, () => proxy.tunnels[0]?.client.destroy())
  const proxy = await listenProxy(t, (_, open) => open(server.port))
  const gateway = await openGateway(t, ['https://localhost', 'https://localhost:444'], { proxy: { url: proxy.url } })
  const reply = await gateway.submit(SUBMIT, CODE)
  assert.ok(reply.kind === 'unknown' && reply.why === 'no_answer')
  assert.deepEqual([server.requests.length, proxy.tunnels.length], [1, 1])
})

test('user and password are sent to the proxy, and stand in no error', async t => {
  const proxy = await listenProxy(t, ({ client }) => client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'))
  const settings = { url: proxy.url, username: 'counter-1', password: 'open sésame: 1' }
  const gateway = await openGateway(t, ['https://one.test'], { proxy: settings })
  await gateway.query(ORDER, 'lane')
  const credentials = Buffer.from('counter-1:open sésame: 1').toString('base64')
  assert.equal(proxy.tunnels[0]?.authorization, `Basic ${credentials}`)
  const tunnel = new Tunnel(settings, new Addresses(noNames, new VirtualClock()))
  t.after(() => tunnel.close())
  const { promise, resolve } = Promise.withResolvers<unknown>()
  tunnel.through(() => {})({ protocol: 'https:', hostname: 'one.test', port: '' }, (...[error]) => resolve(error))
  const error = await promise
  assert.ok(error instanceof ProxyError)
  assert.equal(error.message, 'the proxy gives no tunnel (status 407)')
  for (const secret of ['sésame', credentials]) assert.ok(!inspect(error, { depth: 9 }).includes(secret))
})

test('the proxy keeps its last good address over an outage of the resolver', async t => {
  const server = await listenRaw(t, ({ socket }) => {
    answer(socket, signed(QUERIED), { headers: 'Connection: close\r\n' })
    socket.end()
  })
  const proxy = await listenProxy(t, (_, open) => open(server.port))
  let resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const gateway = await openGateway(t, ['https://localhost'], {
    proxy: { url: `http://proxy.test:${proxy.port}` },
    resolve: () => resolve(),
  })
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  resolve = () => Promise.reject(new Error('the resolver is away'))
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  assert.equal(proxy.tunnels.length, 2)
})
