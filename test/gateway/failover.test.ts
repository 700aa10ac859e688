import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import { ORDER, PAID, QUERIED, signed } from '../wechat/merchant.ts'
import { CODE, openGateway, SUBMIT } from './gateway.ts'
import { answer, listenRaw, listenTcp, type RawServer, refusingOrigin, type SeenRequest } from './raw-server.ts'

const answerAll = ({ path, socket }: SeenRequest) => answer(socket, signed(path === '/pay/micropay' ? PAID : QUERIED))

/** Two hosts, and whether the first is there. */
class Hosts {
  readonly clock = new VirtualClock()
  readonly told: string[] = []
  readonly reasons: (readonly string[])[] = []
  readonly #t: TestContext
  readonly second: RawServer
  first: RawServer

  private constructor(t: TestContext, first: RawServer, second: RawServer) {
    this.#t = t
    this.first = first
    this.second = second
  }

  static async listen(t: TestContext): Promise<Hosts> {
    return new Hosts(t, await listenRaw(t, answerAll), await listenRaw(t, answerAll))
  }

  open() {
    const { clock, first, second } = this
    return openGateway(this.#t, [first.origin, second.origin], {
      clock,
      onHost: (origin, why) => this.told.push(`${origin === first.origin ? 'first' : 'second'} ${why ?? 'is back'}`),
      onHealth: reasons => this.reasons.push(reasons),
    })
  }

  /** It is there again, and counts its connections and requests anew. */
  async back(which: 'first' | 'second' = 'first'): Promise<RawServer> {
    const server = await listenRaw(this.#t, answerAll, {}, { port: this[which].port })
    if (which === 'first') this.first = server
    return server
  }

  /** Lets checks of an ill host be made, all of them good, until so many connections came and were seen to stand. */
  async checks(server: RawServer, count: number): Promise<void> {
    for (let made = server.sockets.length + 1; made <= count; made += 1) {
      await until('a check is planned', () => this.clock.pending === 1)
      this.clock.advance(2_000)
      await until('the check came', () => server.sockets.length === made)
    }
  }
}

test('a host that is away is passed over by the next calls, and comes first again once it was checked to be back', async t => {
  const hosts = await Hosts.listen(t)
  const gateway = await hosts.open()
  await hosts.first.close()
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.deepEqual(hosts.told, ['first refused'])
  const first = await hosts.back()
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  assert.equal(first.sockets.length, 0, 'no call of a customer finds out whether it is back')
  await hosts.checks(first, 1)
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  assert.equal(first.requests.length, 0, 'one good check is not enough')
  await hosts.checks(first, 2)
  await until('it is told', () => hosts.told.length === 2)
  assert.equal(first.requests.length, 0, 'a check sends nothing')
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.deepEqual(hosts.told, ['first refused', 'first is back'])
  assert.deepEqual([first.requests.length, hosts.second.requests.length], [1, 3])
})

test('a host that falls ill again soon has to prove itself twice as often', async t => {
  const hosts = await Hosts.listen(t)
  const gateway = await hosts.open()
  for (const proofs of [2, 4, 8]) {
    await hosts.first.close()
    await gateway.query(ORDER, 'lane')
    const first = await hosts.back()
    await hosts.checks(first, proofs - 1)
    assert.equal(hosts.told.at(-1), 'first refused', `${proofs - 1} good checks`)
    await hosts.checks(first, proofs)
    await until('it is told', () => hosts.told.at(-1) === 'first is back')
  }
})

test('a host that stays away is checked less and less often, at most every thirty seconds', async t => {
  const clock = new VirtualClock()
  let connections = 0
  const away = await listenTcp(t, socket => {
    connections += 1
    socket.destroy()
  })
  const gateway = await openGateway(t, [away], { clock })
  assert.equal((await gateway.query(ORDER, 'background')).kind, 'not_sent')
  connections = 0
  for (const [before, pause] of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
    await until('a check is planned', () => clock.pending === 1)
    clock.advance(pause - 1)
    assert.equal(clock.pending, 1, `nothing before ${pause} ms`)
    clock.advance(1)
    await until('the check came', () => connections === before + 1)
  }
})

test('that a host is away is known from the warming, before a code is scanned', async t => {
  const hosts = await Hosts.listen(t)
  const gateway = await hosts.open()
  await hosts.first.close()
  gateway.warm()
  await until('it is told', () => hosts.told.length === 1)
  const first = await hosts.back()
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
  assert.equal(first.sockets.length, 0)
})

test('the next host gets the same bytes', async t => {
  const nonces: string[] = []
  const nonce = () => {
    nonces.push('0123456789abcdef0123456789abcdef')
    return nonces.at(-1) ?? ''
  }
  const good = await listenRaw(t, answerAll)
  const direct = await openGateway(t, [good.origin], { nonce })
  const passing = await openGateway(t, [await refusingOrigin(), await refusingOrigin(), good.origin], { nonce })
  await direct.submit(SUBMIT, CODE)
  await passing.submit(SUBMIT, CODE)
  assert.equal(nonces.length, 2, 'made once, not once a host')
  assert.equal(good.requests[1]?.body, good.requests[0]?.body)
  assert.ok(good.requests[1]?.body.includes(ORDER.outTradeNo))
})

test('a submit that one host has read goes to no other, and two without an answer make it ill', async t => {
  const silent = await listenRaw(t, ({ socket }) => socket.destroy())
  const good = await listenRaw(t, answerAll)
  const gateway = await openGateway(t, [silent.origin, good.origin], { clock: new VirtualClock() })
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'unknown')
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'unknown')
  assert.equal(good.requests.length, 0)
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  assert.deepEqual([silent.requests.length, good.requests.length], [2, 1])
})

test('reverses without an answer say nothing of the host: it may be the certificate', async t => {
  const shy = await listenRaw(t, request => (request.path === '/pay/orderquery' ? answerAll(request) : request.socket.destroy()))
  const second = await listenRaw(t, answerAll)
  const gateway = await openGateway(t, [shy.origin, second.origin])
  for (let turn = 0; turn < 3; turn += 1) assert.equal((await gateway.reverse(ORDER)).kind, 'unknown')
  await gateway.query(ORDER, 'lane')
  assert.equal(second.requests.length, 0)
})

test('hosts that are all away are told once a check has found so, and one that is back is told at once', async t => {
  const hosts = await Hosts.listen(t)
  const gateway = await hosts.open()
  await Promise.all([hosts.first.close(), hosts.second.close()])
  assert.deepEqual(await gateway.submit(SUBMIT, CODE), { kind: 'not_sent', why: 'refused' })
  assert.deepEqual(hosts.reasons, [], 'a call alone makes no lane not ready')
  await until('both checks are planned', () => hosts.clock.pending === 2)
  hosts.clock.advance(2_000)
  await until('it is told', () => hosts.reasons.length === 1)
  await hosts.back('second')
  await until('both checks are planned', () => hosts.clock.pending === 2)
  hosts.clock.advance(4_000)
  await until('it is told', () => hosts.reasons.length === 2)
  assert.deepEqual(hosts.reasons, [['gateway_unreachable'], []])
  assert.equal((await gateway.submit(SUBMIT, CODE)).kind, 'answered')
})

test('a host that answers although it was thought ill is well', async t => {
  const hosts = await Hosts.listen(t)
  const gateway = await hosts.open()
  await Promise.all([hosts.first.close(), hosts.second.close()])
  await gateway.query(ORDER, 'lane')
  await hosts.back('second')
  assert.equal((await gateway.query(ORDER, 'lane')).kind, 'answered')
  assert.deepEqual(hosts.told, ['first refused', 'second refused', 'second is back'])
})

test('hosts are tried within the time of the call, each with its share', async t => {
  const clock = new VirtualClock()
  const reached = new Set<number>()
  const hosts = [0, 1, 2, 3, 4]
  const origins = await Promise.all(hosts.map(host => listenTcp(t, () => reached.add(host))))
  const gateway = await openGateway(t, origins, { clock })
  const reply = gateway.submit(SUBMIT, CODE)
  for (const host of hosts) {
    await until('the connection came', () => reached.has(host))
    clock.advance(1_999)
    assert.equal(reached.size, host + 1)
    clock.advance(1)
  }
  assert.deepEqual(await reply, { kind: 'not_sent', why: 'timeout' })
  assert.equal(clock.now().mono, 10_000)
})
