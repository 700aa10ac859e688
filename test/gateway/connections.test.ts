import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import { ORDER, PAID, QUERIED, signed } from '../wechat/merchant.ts'
import { CODE, openGateway, SUBMIT } from './gateway.ts'
import { answer, listenRaw, listenTcp, type SeenRequest } from './raw-server.ts'

/** After an answer the client takes one turn of the event loop to hand the connection back. */
const handedBack = () => new Promise<void>(resolve => setImmediate(resolve))

const answerAll = ({ path, socket }: SeenRequest) => answer(socket, signed(path === '/pay/micropay' ? PAID : QUERIED))
const answerQueries = (request: SeenRequest) => {
  if (request.path === '/pay/orderquery') answerAll(request)
}

test('a connection is open before the first call, and nothing is sent over it', async t => {
  const server = await listenRaw(t, answerAll)
  const gateway = await openGateway(t, [server.origin])
  gateway.warm()
  await until('the handshake is done', () => server.sockets.length === 1)
  gateway.warm()
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  assert.equal(server.sockets.length, 1, 'no further handshake')
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ['/pay/micropay', '/pay/orderquery'],
  )
})

test('a call never waits behind another one', async t => {
  const server = await listenRaw(t, answerQueries)
  const gateway = await openGateway(t, [server.origin])
  const hanging = gateway.submit(SUBMIT, CODE)
  await until('the submit arrived', () => server.requests.length === 1)
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  assert.deepEqual(
    server.requests.map(({ connection }) => connection),
    [1, 2],
  )
  await gateway.close()
  assert.equal((await hanging).kind, 'unknown')
})

test('calls at once have a connection each', async t => {
  const waiting: SeenRequest[] = []
  const server = await listenRaw(t, request => waiting.push(request))
  const gateway = await openGateway(t, [server.origin])
  gateway.warm()
  const replies = [gateway.submit(SUBMIT, CODE), gateway.query(ORDER, 'lane'), gateway.query(ORDER, 'lane')]
  await until('all arrived', () => waiting.length === 3)
  assert.equal(new Set(waiting.map(({ connection }) => connection)).size, 3)
  for (const request of waiting) answerAll(request)
  assert.deepEqual(
    (await Promise.all(replies)).map(({ kind }) => kind),
    ['answered', 'answered', 'answered'],
  )
})

test('customers and the background share no connections', async t => {
  const server = await listenRaw(t, answerAll)
  const gateway = await openGateway(t, [server.origin])
  await gateway.query(ORDER, 'background')
  await gateway.query(ORDER, 'lane')
  await gateway.query(ORDER, 'background')
  await gateway.query(ORDER, 'lane')
  assert.deepEqual(
    server.requests.map(({ connection }) => connection),
    [1, 2, 1, 2],
  )
})

test('a warm connection that the server closes is opened again at once', async t => {
  const server = await listenRaw(t, answerAll)
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [server.origin], { clock })
  gateway.warm()
  await until('the handshake is done', () => server.sockets.length === 1)
  clock.advance(60_000)
  server.sockets[0]?.end()
  await until('its end was noticed', () => clock.pending === 1)
  clock.advance(0)
  await until('there is another', () => server.sockets.length === 2)
  await gateway.submit(SUBMIT, CODE)
  assert.deepEqual(
    server.requests.map(({ connection }) => connection),
    [2],
  )
  assert.equal(server.sockets.length, 2)
})

test('several connections that go at once are made up for by one', async t => {
  const server = await listenRaw(t, answerQueries)
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [server.origin], { clock })
  gateway.warm()
  await Promise.all([gateway.query(ORDER, 'lane'), gateway.query(ORDER, 'lane'), gateway.query(ORDER, 'lane')])
  const closed = server.sockets.map(socket => once(socket.end(), 'close'))
  assert.ok(closed.length > 1)
  await Promise.all(closed)
  assert.equal(clock.pending, 1)
})

test('ten minutes after it was last asked for, a connection is not opened again', async t => {
  const server = await listenRaw(t, answerAll)
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [server.origin], { clock })
  gateway.warm()
  await until('the handshake is done', () => server.sockets.length === 1)
  clock.advance(600_000)
  const [socket] = server.sockets
  assert.ok(socket)
  socket.end()
  await once(socket, 'close')
  await gateway.query(ORDER, 'lane')
  assert.equal(clock.pending, 0)
  assert.deepEqual([server.sockets.length, server.requests[0]?.connection], [2, 2])
})

test('a server that closes every connection at once is asked with growing pauses', async t => {
  const server = await listenRaw(t, answerAll)
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [server.origin], { clock })
  gateway.warm()
  const pauses = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
  for (const [before, pause] of pauses.entries()) {
    await until('the handshake is done', () => server.sockets.length === before + 1)
    server.sockets[before]?.end()
    await until('its end was noticed', () => clock.pending === 1)
    clock.advance(pause - 1)
    assert.equal(clock.pending, 1, `nothing before ${pause} ms`)
    clock.advance(1)
    assert.equal(clock.pending, 0, `a new one after ${pause} ms`)
  }
  await gateway.close()
})

test('every host has a connection open, one each, and the standby answers over its own', async t => {
  const [first, second] = [await listenRaw(t, answerAll), await listenRaw(t, answerAll)]
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [first.origin, second.origin], { clock })
  gateway.warm()
  await until('the handshakes are done', () => first.sockets.length === 1 && second.sockets.length === 1)
  gateway.warm()
  await first.close()
  await until('its end was noticed', () => clock.pending === 1)
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.deepEqual([second.sockets.length, second.requests[0]?.connection], [1, 1])
})

test('a host that comes back gets its warm connection again', async t => {
  const first = await listenRaw(t, answerAll)
  const clock = new VirtualClock()
  await first.close()
  const gateway = await openGateway(t, [first.origin], { clock })
  gateway.warm()
  await until('a check is planned', () => clock.pending === 1)
  const back = await listenRaw(t, answerAll, {}, { port: first.port })
  for (const check of [1, 2]) {
    await until('a check is planned', () => clock.pending === 1)
    clock.advance(2_000)
    await until('it came', () => back.sockets.length >= check)
  }
  await until('the warm one is open', () => back.sockets.length === 3)
})

test('calls of the background that hang hold up no call of a customer', async t => {
  const server = await listenRaw(t, ({ path, socket }) => {
    if (path === '/pay/micropay') answer(socket, signed(PAID))
  })
  const gateway = await openGateway(t, [server.origin])
  const hanging = Array.from({ length: 300 }, () => gateway.query(ORDER, 'background'))
  const reversing = Array.from({ length: 300 }, () => gateway.reverse(ORDER))
  await until('they arrived', () => server.requests.length === 16)
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.equal(server.requests.length, 17, 'the others wait for a connection')
  await gateway.close()
  await Promise.all([...hanging, ...reversing])
})

test('a closed gateway opens no connection again', async t => {
  const origin = await listenTcp(t, socket => socket.destroy())
  const clock = new VirtualClock()
  const gateway = await openGateway(t, [origin], { clock })
  gateway.warm()
  await until('the connection failed', () => clock.pending === 1)
  await gateway.close()
  assert.equal(clock.pending, 0)
})

test('a submit on a kept connection that breaks when the server has read it is sent once and unknown', async t => {
  const server = await listenRaw(t, request => (request.path === '/pay/micropay' ? request.socket.destroy() : answerAll(request)))
  const gateway = await openGateway(t, [server.origin])
  await gateway.query(ORDER, 'lane')
  await handedBack()
  const reply = await gateway.submit(SUBMIT, CODE)
  assert.ok(reply.kind === 'unknown' && reply.why === 'no_answer')
  await gateway.query(ORDER, 'lane')
  assert.deepEqual(
    server.requests.map(({ path, connection }) => [path, connection]),
    [
      ['/pay/orderquery', 1],
      ['/pay/micropay', 1],
      ['/pay/orderquery', 2],
    ],
  )
})

test('a submit on a kept connection that the server closes about then is sent at most once', async t => {
  const server = await listenRaw(t, answerAll)
  const turnsBefore = [-1, 0, 1, 2, 3] as const
  for (const close of ['end', 'destroy', 'destroySoon'] as const) {
    for (const turns of turnsBefore) {
      const gateway = await openGateway(t, [server.origin])
      await gateway.query(ORDER, 'lane')
      await handedBack()
      const before = server.requests.length
      const kept = server.sockets.at(-1)
      if (turns < 0) kept?.[close]()
      const replying = gateway.submit(SUBMIT, CODE)
      for (let turn = 0; turn < turns; turn += 1) await handedBack()
      kept?.[close]()
      const reply = await replying
      const sent = server.requests.length - before
      assert.ok(
        reply.kind === 'answered' ? sent === 1 : reply.kind === 'unknown' && sent <= 1,
        `${close}, ${turns}: ${reply.kind}`,
      )
      await gateway.close()
    }
  }
})

test('a submit on a connection that was closed a while ago is sent once, over a new one', async t => {
  const server = await listenRaw(t, answerAll)
  const gateway = await openGateway(t, [server.origin])
  await gateway.query(ORDER, 'lane')
  const [socket] = server.sockets
  assert.ok(socket)
  socket.end()
  await once(socket, 'close')
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.deepEqual(
    server.requests.map(({ connection }) => connection),
    [1, 2],
  )
})
