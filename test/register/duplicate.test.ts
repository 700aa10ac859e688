import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Aedes } from 'aedes'
import { duplicateMessage } from '../../core/contract/message.ts'
import { needsMosquitto, startBroker, type TestBroker } from '../broker.ts'
import { VirtualClock } from '../clock.ts'
import { STREAM } from '../journal/sample.ts'
import { until } from '../until.ts'
import { BOX, OFFLINE, ONLINE, OWN, openBox, STARTED_AT, type TestBox, untilOnline } from './bench.ts'
import { openRawBroker } from './raw-broker.ts'
import { listen, type RawClient } from './raw-client.ts'
import { openWire } from './wire.ts'

const STATUS = `${OWN}/status`
const DUPLICATE = `${OWN}/duplicate`
const OTHER = { stream: 'stream02', startedAt: '2027-01-02T00:00:00.000Z' }
const LATER = '2027-01-03T00:00:00.000Z'

/** The last word on the status topic. */
function told(till: RawClient): Record<string, unknown> | undefined {
  return till.bodies(STATUS).at(-1)
}

/** A box whose name is taken, once it has said so. */
async function openDuplicate(t: TestContext, till: RawClient, broker: TestBroker, clock: VirtualClock): Promise<TestBox> {
  const box = openBox(t, { broker: { url: broker.url }, clock, ...OTHER })
  await untilDuplicate(box, clock)
  await till.until(DUPLICATE)
  return box
}

async function untilDuplicate(box: TestBox, clock: VirtualClock): Promise<void> {
  await until('a duplicate', () => {
    clock.advance(100)
    return box.reasons(null).includes('duplicate_box')
  })
}

/** Time passes for a duplicate, slowly enough for it to hear that the holder is there: its patience begins anew each time. */
async function passBeside(clock: VirtualClock, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 1) {
    clock.advance(1_000)
    await until('the holder has answered', () => clock.longestMs >= 14_000)
  }
}

test('a box connects without a will first, and takes up its topics after a second', async t => {
  const connects: { readonly id: string; readonly will: string | undefined }[] = []
  const aedes = await Aedes.createBroker({
    preConnect: (_client, { clientId, will, protocolVersion }, done) => {
      if (protocolVersion === 4) connects.push({ id: clientId, will: will?.payload.toString() })
      done(null, true)
    },
  })
  const server = createServer(aedes.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    aedes.close()
    server.close()
  })
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clock = new VirtualClock()
  const subscribed = new Set<string>()
  aedes.on('subscribe', subscriptions => {
    for (const { topic } of subscriptions) subscribed.add(topic)
  })
  const box = openBox(t, { broker: { url }, clock })
  await until('it looks', () => subscribed.has(STATUS) && clock.pending > 0)
  clock.advance(999)
  assert.deepEqual([...subscribed], [STATUS, `${OWN}/+/state`])
  clock.advance(1)
  await until('online', () => box.isOnline)
  const id = `${BOX}-${STREAM}`
  assert.deepEqual(connects, [
    { id, will: undefined },
    { id, will: JSON.stringify(OFFLINE) },
  ])
})

test('a box whose name is taken says so and leaves topics and commands alone', async t => {
  const broker = await startBroker(t)
  const holder = openBox(t, { broker: { url: broker.url } })
  await until('online', () => holder.isOnline)
  const till = await listen(t, broker.url)
  const clock = new VirtualClock()
  const box = await openDuplicate(t, till, broker, clock)
  assert.deepEqual(box.reasons(null), ['duplicate_box'])
  assert.deepEqual(
    box.problems.map(({ code }) => code),
    ['duplicate_box'],
  )
  const [notice] = till.bodies(DUPLICATE)
  assert.deepEqual(notice, {
    not_ready: ['duplicate_box'],
    contract: 1,
    stream: OTHER.stream,
    started_at: OTHER.startedAt,
    other_stream: STREAM,
    other_started_at: STARTED_AT,
  })
  assert.ok(duplicateMessage.safeParse(notice).success)
  box.happen('main')
  box.register.state('main', { state: 'idle', of: 'the duplicate' })
  box.register.scan('main', { kind: 'noise', reason: 'not_a_code' })
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r1' })
  await till.until(`${OWN}/main/response/charge`)
  await passBeside(clock, 60)
  assert.deepEqual([box.commands.length, holder.commands.length], [0, 1])
  assert.equal(box.outbox.waiting('main'), 1)
  for (const topic of ['state', 'scan', 'event']) assert.deepEqual(till.on(`${OWN}/main/${topic}`), [])
  assert.ok(till.bodies(STATUS).every(({ stream, state }) => stream === STREAM && state === 'online'))
  assert.ok(till.on(DUPLICATE).length >= 6, 'it says it again and again')
  await box.register.close()
  assert.deepEqual(told(till), ONLINE, 'it takes leave without a word about a box that is there')
})

test('the duplicate takes over when the other one has stopped', async t => {
  const broker = await startBroker(t)
  const holder = openBox(t, { broker: { url: broker.url } })
  await until('online', () => holder.isOnline)
  const till = await listen(t, broker.url)
  const clock = new VirtualClock()
  const box = await openDuplicate(t, till, broker, clock)
  box.happen('main', 2)
  await holder.register.close()
  await untilOnline(box, clock)
  await till.until(`${OWN}/main/event`, 2)
  await until('its status', () => told(till)?.['stream'] === OTHER.stream)
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r1' })
  await until('the command', () => box.commands.length === 1)
})

test('a holder that is back within seconds keeps its place', async t => {
  const broker = await startBroker(t)
  const wire = await openWire(t, broker.port)
  const holder = openBox(t, { broker: { url: wire.url } })
  await until('online', () => holder.isOnline)
  const till = await listen(t, broker.url)
  const clock = new VirtualClock()
  const box = await openDuplicate(t, till, broker, clock)
  wire.cut()
  await until('its will', () => told(till)?.['state'] === 'offline')
  await until('the duplicate knows it', () => clock.longestMs < 14_000)
  clock.advance(4_000)
  await until('the holder is back', () => holder.isOnline && told(till)?.['state'] === 'online')
  await passBeside(clock, 30)
  assert.deepEqual([box.isOnline, holder.isOnline], [false, true])
  assert.deepEqual(told(till), ONLINE)
})

test('what a box that is gone for ever has left is taken over once its will would have come', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  await till.publish(STATUS, { ...ONLINE, stream: 'gone' }, { retain: true })
  const clock = new VirtualClock()
  const box = await openDuplicate(t, till, broker, clock)
  clock.advance(23_000)
  assert.deepEqual(box.reasons(null), ['duplicate_box'])
  await untilOnline(box, clock)
  await until('its status', () => told(till)?.['stream'] === OTHER.stream)
})

test('an offline, a status of nobody and one that is no status hold nobody up', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  for (const left of [{ ...OFFLINE, stream: 'gone' }, { state: 'online' }, 'nonsense']) {
    await till.publish(STATUS, left, { retain: true })
    const clock = new VirtualClock()
    const box = openBox(t, { broker: { url: broker.url }, clock })
    await untilOnline(box, clock)
    assert.deepEqual(box.problems, [])
    await box.register.close()
  }
})

test('of two boxes that start at once one stays', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  const [clock, otherClock] = [new VirtualClock(), new VirtualClock()]
  const box = openBox(t, { broker: { url: broker.url }, clock })
  const other = openBox(t, { broker: { url: broker.url }, clock: otherClock, ...OTHER })
  // Both look while nobody is there.
  await until('both are there', () => {
    clock.advance(100)
    otherClock.advance(100)
    return box.health.length > 1 && other.health.length > 1
  })
  await until('one is left', () => {
    otherClock.advance(100)
    return box.isOnline && isDuplicate(other)
  })
  await until('the status is its own', () => told(till)?.['stream'] === STREAM)
})

test('a box gives way in order although the broker owes it an answer: nobody hears that the other one is offline', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const till = await listen(t, broker.url)
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: broker.url }, clock })
  await untilOnline(box, clock)
  const later = { ...ONLINE, stream: 'x', started_at: LATER }
  const earlier = { ...later, started_at: '2026-01-01T00:00:00.000Z' }
  await Promise.all([later, earlier].map(status => till.publish(STATUS, status, { retain: true })))
  await until('it has left', () => !box.isOnline)
  await untilDuplicate(box, clock)
  assert.ok(till.bodies(STATUS).every(({ state }) => state === 'online'))
})

test('a box that started later gives way, one that started first stays', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: broker.url }, clock })
  await untilOnline(box, clock)
  await till.publish(STATUS, { ...ONLINE, stream: 'x', started_at: LATER }, { retain: true })
  await until('it says that it is there', () => told(till)?.['stream'] === STREAM)
  const foreign = { ...ONLINE, stream: 'x', started_at: '2026-01-01T00:00:00.000Z' }
  await till.publish(STATUS, foreign, { retain: true })
  await until('it has left', () => !box.isOnline)
  await untilDuplicate(box, clock)
  await till.until(DUPLICATE)
  // The embedded broker may see the end of a connection before it reads the farewell.
  if (broker.kind === 'mosquitto') assert.deepEqual(told(till), foreign, 'nor does its will follow')
})

for (const embedded of [false, true]) {
  test(`of two boxes with the same journal one stays, without end on ${embedded ? '3.1.1' : 'MQTT 5'}`, async t => {
    const broker = await startBroker(t, { embedded })
    if (!embedded && !needsMosquitto(t, broker)) return
    const till = await listen(t, broker.url)
    const clocks = [new VirtualClock(), new VirtualClock()] as const
    const wires = [await openWire(t, broker.port), await openWire(t, broker.port)] as const
    const first = openBox(t, { broker: { url: wires[0].url }, clock: clocks[0] })
    await untilOnline(first, clocks[0])
    const copy = openBox(t, { broker: { url: wires[1].url }, clock: clocks[1], startedAt: LATER })
    const boxes = [first, copy]
    let quiet = 0
    await until('one is left, for ten seconds', () => {
      for (const clock of clocks) clock.advance(50)
      quiet = boxes.some(box => box.isOnline) && boxes.some(isDuplicate) ? quiet + 1 : 0
      return quiet === 200
    })
    const loser = boxes.findIndex(isDuplicate)
    assert.ok(boxes[loser]?.problems.some(({ code }) => code === 'duplicate_box'))
    assert.equal((await till.until(DUPLICATE)).packet.retain, false)
    const [before, counts] = [till.on(STATUS).length, wires.map(({ count }) => count)]
    clocks[1 - loser]?.advance(60_000)
    await passBeside(clocks[loser] ?? clocks[0], 60)
    assert.deepEqual([boxes[loser]?.isOnline, boxes[1 - loser]?.isOnline], [false, true])
    assert.deepEqual(
      wires.map(({ count }) => count),
      counts,
      'nobody connects again',
    )
    assert.ok(
      till
        .bodies(STATUS)
        .slice(before)
        .every(({ state }) => state === 'online'),
    )
  })
}

function isDuplicate(box: TestBox): boolean {
  return box.reasons(null).includes('duplicate_box')
}

test('a broker that says that the session was taken over is not asked to take it back', async t => {
  const broker = await openRawBroker(t, socket => {
    socket.write(Buffer.from([0x20, 3, 0, 0, 0])) // CONNACK
    socket.end(Buffer.from([0xe0, 2, 0x8e, 0])) // DISCONNECT, session taken over
  })
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: broker.url }, clock })
  await until('it is told', () => box.problems.length > 0)
  assert.deepEqual([box.problems[0]?.code, box.reasons(null)], ['duplicate_box', ['duplicate_box']])
  await until('it is back', () => {
    clock.advance(100)
    return broker.connects.length > 1
  })
  const id = `${BOX}-${STREAM}`
  const [first, second] = broker.connects
  assert.equal(first?.clientId, id)
  assert.match(second?.clientId ?? '', new RegExp(`^${id}-.+`), 'under an id that throws nobody out')
  assert.deepEqual([second?.hasWill, second?.clean, second?.sessionExpiryS], [false, true, null])
})

test('where the broker takes no other client id, a box whose place was taken comes back seldom under its own', async t => {
  const id = `${BOX}-${STREAM}`
  const broker = await openRawBroker(t, (socket, { clientId }) => {
    if (clientId !== id) return void socket.end(Buffer.from([0x20, 3, 0, 0x85, 0])) // CONNACK, client id not valid
    socket.write(Buffer.from([0x20, 3, 0, 0, 0]))
    socket.end(Buffer.from([0xe0, 2, 0x8e, 0]))
  })
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: broker.url }, clock })
  await until('the longer id was refused', () => {
    if (box.problems.length === 1) clock.advance(100)
    return box.problems.length === 2
  })
  clock.advance(24_999)
  assert.deepEqual(
    box.problems.map(({ code }) => code),
    ['duplicate_box', 'register_connection'],
  )
  assert.equal(broker.connects.length, 2)
  clock.advance(1)
  await until('it is back', () => broker.connects.length === 3)
  assert.equal(broker.connects[2]?.clientId, id)
})

test('commands that wait for a box are left to the session that follows the look', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  wire.cut()
  await till.until(STATUS, 2) // the will
  const ids = Array.from({ length: 20 }, (_, index) => `r${index}`)
  for (const id of ids) await till.publish(`${OWN}/main/request/charge`, { request_id: id })
  await till.until(`${OWN}/main/response/charge`, 20)
  assert.deepEqual(
    till.bodies(`${OWN}/main/response/charge`).map(body => body['request_id']),
    ids,
  )
})

test('commands that wait hide no other box from the look', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  wire.cut()
  await till.until(STATUS, 2) // the will
  const ids = Array.from({ length: 20 }, (_, index) => `r${index}`)
  await Promise.all([
    ...ids.map(id => till.publish(`${OWN}/main/request/charge`, { request_id: id })),
    till.publish(STATUS, { ...ONLINE, stream: OTHER.stream }, { retain: true }),
  ])
  await until('a duplicate', () => isDuplicate(box))
  assert.equal(box.commands.length, 0)
})
