import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { type TestContext, test } from 'node:test'
import type { Gateway } from '../../core/ports.ts'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import { ORDER, QUERIED, signed } from '../wechat/merchant.ts'
import { openGateway } from './gateway.ts'
import { answer, listenRaw, listenTcp } from './raw-server.ts'

const answeringServer = (t: TestContext, at = {}) => listenRaw(t, ({ socket }) => answer(socket, signed(QUERIED)), {}, at)
const is = (...addresses: string[]): LookupAddress[] => addresses.map(address => ({ address, family: 4 }))
const notFound = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))

/** A call over a connection of its own, so that the name has to be resolved: the server lets none stand. */
async function callAnew(gateway: Gateway): Promise<string> {
  const reply = await gateway.query(ORDER, 'lane')
  return reply.kind === 'not_sent' ? reply.why : reply.kind
}

/** Answers, and closes the connection. */
const closingServer = (t: TestContext, at = {}) =>
  listenRaw(
    t,
    ({ socket }) => {
      answer(socket, signed(QUERIED), { headers: 'Connection: close\r\n' })
      socket.end()
    },
    {},
    at,
  )

test('a name that is not found on any host is not sent', async t => {
  const gateway = await openGateway(t, ['https://localhost:1', 'https://standby.test:1'], { resolve: notFound })
  assert.deepEqual(await gateway.query(ORDER, 'lane'), { kind: 'not_sent', why: 'name' })
})

test('a name without any address is not sent', async t => {
  const gateway = await openGateway(t, ['https://localhost:1'], { resolve: async () => [] })
  assert.deepEqual(await gateway.query(ORDER, 'lane'), { kind: 'not_sent', why: 'name' })
})

test('a host whose name is not found is passed over', async t => {
  const good = await answeringServer(t)
  const gateway = await openGateway(t, ['https://nowhere.test', good.origin], { resolve: notFound })
  assert.equal(await callAnew(gateway), 'answered')
})

test('a resolver that fails during an outage does not cut the box off from addresses that were good', async t => {
  const server = await closingServer(t)
  let resolve: () => Promise<LookupAddress[]> = async () => is('127.0.0.1')
  const origin = `https://localhost:${server.port}`
  const gateway = await openGateway(t, [origin], { clock: new VirtualClock(), resolve: () => resolve() })
  assert.equal(await callAnew(gateway), 'answered')
  resolve = notFound
  assert.equal(await callAnew(gateway), 'answered', 'at once: no time passes here')
  assert.equal(server.sockets.length, 2)
})

test('a resolver that hangs is waited for one second, and is not asked again meanwhile', async t => {
  const clock = new VirtualClock()
  const server = await closingServer(t)
  let questions = 0
  const gateway = await openGateway(t, [`https://localhost:${server.port}`], {
    clock,
    resolve: () => {
      questions += 1
      return questions === 1 ? Promise.resolve(is('127.0.0.1')) : new Promise(() => {})
    },
  })
  assert.equal(await callAnew(gateway), 'answered')
  const second = callAnew(gateway)
  await until('the resolver was asked', () => questions === 2 && clock.pending === 2)
  clock.advance(999)
  assert.equal(server.sockets.length, 1)
  clock.advance(1)
  assert.equal(await second, 'answered')
  const third = callAnew(gateway)
  await until('the call waits', () => clock.pending === 2)
  clock.advance(0)
  assert.equal(await third, 'answered', 'its time was up already')
  assert.equal(questions, 2)
})

test('a resolver that hangs from the start costs a call its time, and it is not sent', async t => {
  const clock = new VirtualClock()
  const gateway = await openGateway(t, ['https://localhost:1'], { clock, resolve: () => new Promise(() => {}) })
  const reply = callAnew(gateway)
  clock.advance(3_000)
  assert.equal(await reply, 'timeout')
})

test('a resolver that names another machine, as that of a captive network does, leaves the last good address to be tried', async t => {
  const server = await closingServer(t)
  let addresses = is('127.0.0.1')
  const gateway = await openGateway(t, [`https://localhost:${server.port}`], { resolve: async () => addresses })
  assert.equal(await callAnew(gateway), 'answered')
  addresses = is('127.0.0.9')
  assert.equal(await callAnew(gateway), 'answered')
})

test('a new address is taken up when the old one is gone', async t => {
  const old = await closingServer(t)
  let addresses = is('127.0.0.1')
  const gateway = await openGateway(t, [`https://localhost:${old.port}`], { resolve: async () => addresses })
  assert.equal(await callAnew(gateway), 'answered')
  await old.close()
  const moved = await closingServer(t, { address: '127.0.0.2', port: old.port })
  addresses = is('127.0.0.2')
  assert.equal(await callAnew(gateway), 'answered')
  assert.equal(moved.requests.length, 1)
})

test('of several addresses the next is tried where one refuses, within the one connection', async t => {
  const server = await answeringServer(t, { address: '127.0.0.3' })
  const resolve = async () => is('127.0.0.1', '127.0.0.2', '127.0.0.3')
  const gateway = await openGateway(t, [`https://localhost:${server.port}`], { resolve })
  assert.equal(await callAnew(gateway), 'answered')
})

test('a family of addresses that leads nowhere does not use up all that is tried', async t => {
  const server = await answeringServer(t, { address: '127.0.0.2' })
  const nowhere = ['::1', '::2', '::3', '::4', '::5'].map(address => ({ address, family: 6 }))
  const resolve = async () => [...nowhere, ...is('127.0.0.2')]
  const gateway = await openGateway(t, [`https://localhost:${server.port}`], { resolve })
  assert.equal(await callAnew(gateway), 'answered')
})

test('the address that was good last is tried first', async t => {
  const server = await closingServer(t, { address: '127.0.0.2' })
  let refused = 0
  const resolve = async () => is('127.0.0.1', '127.0.0.2')
  const gateway = await openGateway(t, [`https://localhost:${server.port}`], { resolve })
  assert.equal(await callAnew(gateway), 'answered')
  await listenTcp(
    t,
    socket => {
      refused += 1
      socket.destroy()
    },
    { port: server.port },
  )
  assert.equal(await callAnew(gateway), 'answered')
  assert.equal(refused, 0)
})

test('an address that takes connections and breaks them has its turn after the others', async t => {
  const server = await closingServer(t, { address: '127.0.0.2' })
  await listenTcp(t, socket => socket.destroy(), { port: server.port })
  const resolve = async () => is('127.0.0.1', '127.0.0.2')
  const gateway = await openGateway(t, [`https://localhost:${server.port}`], { resolve })
  assert.equal(await callAnew(gateway), 'tls')
  assert.equal(await callAnew(gateway), 'answered')
})
