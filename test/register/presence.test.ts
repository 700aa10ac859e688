import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Aedes, type AedesOptions } from 'aedes'
import { needsMosquitto, startBroker } from '../broker.ts'
import { VirtualClock } from '../clock.ts'
import { STREAM } from '../journal/sample.ts'
import { until } from '../until.ts'
import { BOX, OFFLINE, ONLINE, OWN, openBox, untilOnline } from './bench.ts'
import { listen, type RawClient } from './raw-client.ts'
import { openWire } from './wire.ts'

const STATUS = `${OWN}/status`

/** An embedded broker that a test has a hand in. */
async function openRigged(t: TestContext, options: AedesOptions): Promise<string> {
  const aedes = await Aedes.createBroker(options)
  const server = createServer(aedes.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    aedes.close()
    server.close()
  })
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The broker has done all that it was asked to before. */
async function roundTrip(raw: RawClient): Promise<void> {
  const before = raw.on('round/trip').length
  await raw.publish('round/trip', '1')
  await raw.until('round/trip', before + 1)
}

test('the status is published only once the box hears its commands', async t => {
  let consent = () => {}
  const url = await openRigged(t, {
    authorizeSubscribe: (_client, subscription, done) => {
      if (!subscription.topic.startsWith(`${OWN}/+/request`)) return done(null, subscription)
      const earlier = consent
      consent = () => {
        earlier()
        done(null, subscription)
      }
    },
  })
  const till = await listen(t, url)
  const empty = consent
  const box = openBox(t, { broker: { url } })
  await until('the box subscribes', () => consent !== empty)
  for (let trip = 0; trip < 5; trip += 1) await roundTrip(till)
  assert.equal(till.on(STATUS).length, 0)
  assert.deepEqual(box.reasons(null), ['register_offline'])
  consent()
  assert.deepEqual(JSON.parse((await till.until(STATUS)).text), ONLINE)
  assert.equal(box.isOnline, true)
})

test('status and lane states are retained and the newest, for those who come later', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url }, lanes: ['main', 'side'] })
  for (let seq = 0; seq <= 300; seq += 1) box.register.state('main', { state: 'idle', seq })
  box.register.state('side', { state: 'idle', seq: 7 })
  await until('online', () => box.isOnline)
  for (let seq = 301; seq <= 600; seq += 1) box.register.state('main', { state: 'idle', seq })
  const witness = await listen(t, broker.url)
  await witness.until(STATUS)
  await until('the newest state', () => witness.bodies(`${OWN}/main/state`).some(body => body['seq'] === 600))
  assert.deepEqual(witness.bodies(`${OWN}/side/state`), [{ state: 'idle', seq: 7 }])
  const later = await listen(t, broker.url)
  const { packet, text } = await later.until(`${OWN}/main/state`)
  assert.deepEqual([packet.retain, packet.qos, JSON.parse(text).seq], [true, 1, 600])
  assert.equal((await later.until(STATUS)).packet.retain, true)
  assert.deepEqual(later.bodies(STATUS), [ONLINE])
})

test('a box that is killed is offline by its will, with no lane ready', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  const child = spawn(process.execPath, [fileURLToPath(new URL('./child/box.ts', import.meta.url)), broker.url], {
    stdio: 'ignore',
  })
  t.after(() => child.kill('SIGKILL'))
  assert.deepEqual(JSON.parse((await till.until(STATUS)).text), ONLINE)
  child.kill('SIGKILL')
  assert.deepEqual(JSON.parse((await till.until(STATUS, 2)).text), OFFLINE)
  const later = await listen(t, broker.url)
  assert.deepEqual(JSON.parse((await later.until(STATUS)).text), OFFLINE, 'the will is retained')
})

test('the client id names box and stream, and the keepalive is 15 s', async t => {
  const connects: unknown[] = []
  const url = await openRigged(t, {
    preConnect: (_client, { clientId, keepalive, clean }, done) => {
      connects.push({ clientId, keepalive, clean })
      done(null, true)
    },
  })
  const box = openBox(t, { broker: { url } })
  await until('online', () => box.isOnline)
  assert.deepEqual(connects.at(-1), { clientId: `${BOX}-${STREAM}`, keepalive: 15, clean: true })
})

test('the session outlives a lost link by 30 s and no more', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const clock = new VirtualClock()
  await untilOnline(openBox(t, { broker: { url: wire.url }, clock }), clock)
  // Source: MQTT 5, 3.1.2.11.2: property 0x11, four bytes of seconds.
  assert.ok(wire.connects.at(-1)?.includes(Buffer.of(0x11, 0, 0, 0, 30)))
})

test('a broker that refuses the box is tried again, with its name and password', async t => {
  const seen: string[] = []
  const url = await openRigged(t, {
    authenticate: (_client, username, password, done) => {
      seen.push(`${username} ${password}`)
      done(null, seen.length > 2)
    },
  })
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url, username: 'counter-1', password: 'p' }, clock })
  await until('the first refusal', () => box.problems.length === 1)
  clock.advance(10_000)
  await until('the second refusal', () => box.problems.length === 2)
  assert.deepEqual(
    box.problems.map(({ code }) => code),
    ['register_auth', 'register_auth'],
  )
  assert.equal(box.isOnline, false)
  clock.advance(10_000)
  await untilOnline(box, clock)
  assert.deepEqual(new Set(seen), new Set(['counter-1 p']))
})

test('a refused subscription is no readiness', async t => {
  const url = await openRigged(t, {
    authorizeSubscribe: (_client, subscription, done) => done(null, subscription.topic.includes('request') ? null : subscription),
  })
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url }, clock })
  await until('the refusal', () => {
    clock.advance(100)
    return box.problems.length === 1
  })
  assert.equal(box.problems[0]?.code, 'register_subscribe')
  assert.deepEqual(box.reasons(null), ['register_offline', 'register_auth'])
})

test('a broker that is not there yet is waited for', async t => {
  const broker = await startBroker(t)
  await broker.stop()
  const box = openBox(t, { broker: { url: broker.url } })
  await until('a problem is told', () => box.problems.length > 0)
  assert.deepEqual(box.health, [[null, ['register_offline']]])
  await broker.start()
  await until('online', () => box.isOnline)
})

test('a foreign offline over the status of a box that is there is overwritten', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  await till.until(STATUS)
  await till.publish(STATUS, OFFLINE, { retain: true })
  await until('online again', () => till.bodies(STATUS).at(-1)?.['state'] === 'online')
  assert.equal((await (await listen(t, broker.url)).until(STATUS)).text, JSON.stringify(ONLINE))
})

test('after a broker has forgotten everything, all that is retained is there again', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url } })
  box.register.state('main', { state: 'idle' })
  await until('online', () => box.isOnline)
  await broker.stop()
  await until('offline', () => !box.isOnline)
  box.register.state('main', { state: 'awaiting_scan' })
  await broker.start()
  const till = await listen(t, broker.url)
  assert.deepEqual(JSON.parse((await till.until(`${OWN}/main/state`)).text), { state: 'awaiting_scan' })
  assert.deepEqual(JSON.parse((await till.until(STATUS)).text), ONLINE)
})

test('retained states of lanes that are no longer configured are cleared, those of others are not', async t => {
  const broker = await startBroker(t)
  const before = await listen(t, broker.url)
  const gone = [`${OWN}/old/state`, `${OWN}/older/state`]
  const kept = [`${OWN}/main/state`, 'shop/tillbridge/counter-2/old/state']
  for (const topic of [...gone, ...kept]) await before.publish(topic, { state: 'idle' }, { retain: true })
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  for (const topic of gone) assert.equal((await before.until(topic, 2)).text, '')
  const later = await listen(t, broker.url)
  for (const topic of kept) await later.until(topic)
  for (const topic of gone) assert.equal(later.on(topic).length, 0)
})

test('an orderly stop delivers what waits, then says offline, and takes leave', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  box.happen('main', 40)
  box.register.status({ ...ONLINE, ready: false })
  await box.register.close()
  await roundTrip(till)
  const told = till.heard.filter(({ topic }) => topic === STATUS || topic === `${OWN}/main/event`)
  assert.deepEqual(JSON.parse(told.at(-1)?.text ?? ''), OFFLINE)
  assert.deepEqual(
    till.bodies(`${OWN}/main/event`).map(body => body['seq']),
    Array.from({ length: 40 }, (_, index) => index + 1),
  )
  assert.equal(till.bodies(STATUS).filter(body => body['state'] === 'offline').length, 1, 'the will is not needed')
  assert.equal(box.outbox.waiting('main'), 0)
})

test('a box that is behind what the broker has kept writes over none of it before its new stream has something to tell', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const till = await listen(t, broker.url)
  const state = `${OWN}/main/state`
  const told = () => till.bodies(state).map(({ stream, seq }) => `${stream} ${seq}`)
  const newer = openBox(t, { broker })
  newer.register.state('main', { stream: 'one', seq: 9 })
  await till.until(state)
  await newer.register.close()
  const behind = openBox(t, { broker, isBehind: true })
  behind.register.state('main', { stream: 'one', seq: 5 })
  await until('online', () => behind.isOnline)
  behind.register.state('main', { stream: 'two', seq: 1 })
  await until('told', () => told().includes('two 1'))
  assert.deepEqual(told(), ['one 9', 'two 1'])
})

test('a command that comes while the box stops is refused', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: wire.url }, clock })
  await untilOnline(box, clock)
  const till = await listen(t, broker.url)
  box.outbox.outbox = () => new Promise(() => {}) // the stop waits for the journal meanwhile
  box.register.eventsWaiting('main')
  const closed = box.register.close()
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r1' })
  const { text } = await till.until(`${OWN}/main/response/charge`)
  assert.deepEqual(JSON.parse(text), {
    request_id: 'r1',
    ok: false,
    error: { code: 'not_ready', message: 'the box is stopping', reasons: ['stopping'], retryable: true },
  })
  assert.equal(box.commands.length, 0)
  clock.advance(1_000)
  await closed
})

test('an orderly stop does not wait for a broker that is silent', async t => {
  const broker = await startBroker(t)
  const wire = await openWire(t, broker.port)
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: wire.url }, clock })
  await untilOnline(box, clock)
  const { mono } = clock.now()
  wire.deaf = true
  box.happen('main')
  let closed = false
  const closing = box.register.close().then(() => {
    closed = true
  })
  await until('closed', () => {
    clock.advance(100)
    return closed
  })
  await closing
  assert.ok(clock.now().mono - mono <= 3_000)
})

test('a box that was never there can be stopped', async t => {
  const broker = await startBroker(t)
  await broker.stop()
  const box = openBox(t, { broker: { url: broker.url } })
  await until('a problem is told', () => box.problems.length > 0)
  await box.register.close()
})

test('a scan notice is told at once or not at all', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url } })
  box.register.scan('main', { kind: 'noise', reason: 'not_a_code' })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  box.register.scan('main', { kind: 'goods', reason: 'goods', text: '6901234567892' })
  const { packet, text } = await till.until(`${OWN}/main/scan`)
  assert.deepEqual(JSON.parse(text), { kind: 'goods', reason: 'goods', text: '6901234567892' })
  assert.deepEqual([packet.retain, packet.qos], [false, 1])
})
