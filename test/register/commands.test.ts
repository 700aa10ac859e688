import assert from 'node:assert/strict'
import { test } from 'node:test'
import { success } from '../../core/contract/error.ts'
import type { Incoming } from '../../device/register/commands.ts'
import { needsMosquitto, startBroker } from '../broker.ts'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import { answerOk, OWN, openBox, PREFIX, type TestBox, untilOnline } from './bench.ts'
import { listen } from './raw-client.ts'
import { openWire } from './wire.ts'

const REQUEST = `${OWN}/main/request/charge`
const RESPONSE = `${OWN}/main/response/charge`

test('a command is acknowledged to the broker only once it is answered, and the next one comes after it', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url }, answer: () => null })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  await till.publish(REQUEST, { request_id: 'r1' })
  await till.publish(REQUEST, { request_id: 'r2' })
  await until('the first command', () => box.commands.length === 1)
  // Neither was acknowledged, so the broker has both for whoever comes back, in order.
  wire.cut()
  await until('the first command again', () => box.commands.length === 2)
  assert.deepEqual(
    box.commands.map(({ payload }) => JSON.parse(payload.toString()).request_id),
    ['r1', 'r1'],
  )
  const [, again] = box.commands
  if (again === undefined) return
  box.register.answer(again.ref, success('r1', {}))
  await until('the second command', () => box.commands.length === 3)
  assert.deepEqual(JSON.parse((await till.until(RESPONSE)).text), { request_id: 'r1', ok: true })
})

test('a command that waits for the disk keeps no other lane waiting, and the acknowledgements keep their order', async t => {
  const broker = await startBroker(t)
  const wire = await openWire(t, broker.port)
  const answer = (incoming: Incoming) => (incoming.lane === 'main' ? null : answerOk(incoming))
  const box = openBox(t, { broker: { url: wire.url }, lanes: ['main', 'side'], answer })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  await till.publish(REQUEST, { request_id: 'r1' })
  await till.publish(REQUEST, { request_id: 'r2' })
  await till.publish(`${OWN}/side/request/cancel`, { request_id: 'r3' })
  const answered = await till.until(`${OWN}/side/response/cancel`)
  assert.deepEqual(JSON.parse(answered.text).request_id, 'r3')
  const [first, ...others] = box.commands.filter(({ lane }) => lane === 'main')
  assert.deepEqual(others, [], 'on its own lane each waits for the one before')
  if (first === undefined || !needsMosquitto(t, broker)) return
  // Nothing was acknowledged out of turn, so after a cut everything comes again, and idempotent commands are answered again.
  wire.cut()
  await till.until(`${OWN}/side/response/cancel`, 2)
})

test('copies of a command that came while the link was lost are all answered, and none is one too many', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url }, answer: () => null })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  wire.cut()
  await till.until(`${OWN}/status`, 2) // the will
  for (let copy = 1; copy <= 52; copy += 1) await till.publish(REQUEST, { request_id: 'r1', charge_id: 'A', amount: 1 })
  await till.publish(`${OWN}/main/request/cancel`, { request_id: 'c1', charge_id: 'A' })
  await until('all of them are answered', () => {
    for (const { ref, verb } of box.commands) box.register.answer(ref, success(verb === 'cancel' ? 'c1' : 'r1', { verb }))
    return till.on(RESPONSE).length >= 52 && till.on(`${OWN}/main/response/cancel`).length > 0
  })
  assert.deepEqual(
    new Set(till.bodies(RESPONSE).map(body => JSON.stringify(body))),
    new Set(['{"request_id":"r1","ok":true,"verb":"charge"}']),
  )
})

test('copies that wait are carried out once and answered each, and what differs in a letter is no copy', async t => {
  const broker = await startBroker(t)
  const answer = (incoming: Incoming) => (incoming.lane === 'main' ? null : answerOk(incoming))
  const box = openBox(t, { broker: { url: broker.url }, lanes: ['main', 'side'], answer })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  for (const requestId of ['first', 'r1', 'r2', 'r1', 'r2', 'first']) await till.publish(REQUEST, { request_id: requestId })
  await till.publish(`${OWN}/main/request/lookup`, { request_id: 'r1' })
  await till.publish(`${OWN}/side/request/lookup`, { request_id: 'all have come' })
  await till.until(`${OWN}/side/response/lookup`)
  const ofMain = () => box.commands.filter(({ lane }) => lane === 'main')
  await until('all of them are answered', () => {
    for (const { ref, verb, payload } of ofMain())
      box.register.answer(ref, success(JSON.parse(payload.toString()).request_id, { verb }))
    return till.on(RESPONSE).length >= 6 && till.on(`${OWN}/main/response/lookup`).length > 0
  })
  const carriedOut = ofMain().map(({ verb, payload }) => `${verb} ${JSON.parse(payload.toString()).request_id}`)
  assert.deepEqual(carriedOut, ['charge first', 'charge r1', 'charge r2', 'charge first', 'lookup r1'])
  const answered = till.bodies(RESPONSE).map(body => body['request_id'])
  assert.deepEqual(answered, ['first', 'r1', 'r1', 'r2', 'r2', 'first'])
})

test('a cancel waits for no question that came before it, and a question for every command that did', async t => {
  const broker = await startBroker(t)
  const answer = (incoming: Incoming) => (incoming.verb === 'cancel' ? answerOk(incoming) : null)
  const box = openBox(t, { broker: { url: broker.url }, answer })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  const taken = () => box.commands.map(({ payload }) => JSON.parse(payload.toString()).request_id)
  for (const [verb, requestId] of [
    ['lookup', 'first'], // WeChat Pay is asked, and is slow
    ['events', 'second'],
    ['cancel', 'cancel'],
    ['charge', 'charge'],
    ['lookup', 'third'],
    ['cancel', 'behind the charge'],
  ] as const) {
    await till.publish(`${OWN}/main/request/${verb}`, { request_id: requestId })
  }
  await till.until(`${OWN}/main/response/cancel`)
  await until('the charge', () => taken().includes('charge'))
  assert.deepEqual(taken(), ['first', 'cancel', 'charge'])
  for (const requestId of ['first', 'second']) {
    const { ref } = box.commands.find(({ payload }) => payload.toString().includes(requestId)) ?? assert.fail()
    box.register.answer(ref, success(requestId, {}))
  }
  assert.deepEqual(taken(), ['first', 'cancel', 'charge', 'second'], 'the third asks what comes of the charge')
  const { ref } = box.commands.find(({ verb }) => verb === 'charge') ?? assert.fail()
  box.register.answer(ref, success('charge', {}))
  assert.deepEqual(taken().slice(4), ['third', 'behind the charge'])
})

test('as much as a broker hands over at once may wait on a lane, and a cancel behind it is heard', async t => {
  const broker = await startBroker(t)
  const answer = (incoming: Incoming) => (incoming.verb === 'cancel' ? answerOk(incoming) : null)
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: broker.url }, answer, clock })
  await untilOnline(box, clock)
  const till = await listen(t, broker.url)
  for (let request = 1; request <= 40; request += 1) await till.publish(REQUEST, { request_id: `r${request}` })
  await till.publish(`${OWN}/main/request/cancel`, { request_id: 'c1' })
  await until('its turn', () => {
    for (const { ref } of box.commands) box.register.answer(ref, success('r', {}))
    return till.on(`${OWN}/main/response/cancel`).length > 0
  })
  assert.deepEqual(till.bodies(`${OWN}/main/response/cancel`), [{ request_id: 'c1', ok: true, verb: 'cancel' }])
  assert.ok(till.bodies(RESPONSE).every(body => body['ok'] === true))
})

test('an answer to a command of a lost link is not kept: the command comes again, and has one answer', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url }, answer: () => null })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  await till.publish(REQUEST, { request_id: 'r1' })
  await until('the command', () => box.commands.length === 1)
  wire.cut()
  await until('the will', () => till.on(`${OWN}/status`).length === 2)
  const [first] = box.commands
  assert.ok(first)
  box.register.answer(first.ref, success('r1', { of: 'the lost link' }))
  await until('the command again', () => box.commands.length === 2)
  const [, again] = box.commands
  assert.ok(again)
  box.register.answer(again.ref, success('r1', { of: 'this link' }))
  await till.until(RESPONSE)
  await till.publish(`${OWN}/main/request/lookup`, { request_id: 'r2' })
  await until('the next command', () => box.commands.length === 3)
  assert.deepEqual(till.bodies(RESPONSE), [{ request_id: 'r1', ok: true, of: 'this link' }])
})

test('an acknowledged command does not come again', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  await till.publish(REQUEST, { request_id: 'r1' })
  await till.until(RESPONSE)
  await till.publish(REQUEST, { request_id: 'r2' })
  await till.until(RESPONSE, 2)
  wire.cut()
  await until('online again', () => box.isOnline && wire.count === 2)
  await till.publish(REQUEST, { request_id: 'r3' })
  await till.until(RESPONSE, 3)
  assert.deepEqual(
    till.bodies(RESPONSE).map(body => body['request_id']),
    ['r1', 'r2', 'r3'],
  )
})

test('commands for a box that lost its link wait for it', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box: TestBox = openBox(t, {
    broker: { url: wire.url },
    answer: incoming => ({ ...answerOk(incoming), reasons: box.reasons(null) }),
  })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  wire.cut()
  await till.until(`${OWN}/status`, 2) // the will
  await till.publish(REQUEST, { request_id: 'r1' })
  const { text } = await till.until(RESPONSE)
  assert.deepEqual(JSON.parse(text).reasons, [], 'a box that hears a command is not offline to it')
})

test('an answer goes to the response topic that the register asked for, with its correlation data', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url, 5)
  for (const responseTopic of [`${PREFIX}/reply/till-7`, `${OWN}/main/response/till-7/x`]) {
    const correlationData = Buffer.from([0, 255, 7])
    await till.publish(REQUEST, { request_id: 'r1' }, { properties: { responseTopic, correlationData } })
    const { packet, text } = await till.until(responseTopic)
    assert.deepEqual(packet.properties?.correlationData, correlationData)
    assert.deepEqual(JSON.parse(text), { request_id: 'r1', ok: true, verb: 'charge' })
  }
  assert.equal(till.on(RESPONSE).length, 0)
})

test('a foreign response topic is ignored for the default, so nobody makes the box write an event', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url, 5)
  const foreign = [`${OWN}/main/event`, `${OWN}/other/response/charge`, `${PREFIX}/counter-2/main/response/charge`, 'elsewhere']
  for (const [index, responseTopic] of foreign.entries()) {
    await till.publish(REQUEST, { request_id: 'r1' }, { properties: { responseTopic } })
    await till.until(RESPONSE, index + 1)
    assert.equal(till.on(responseTopic).length, 0)
  }
})

test('a command on a topic that leaves none for its answer is acknowledged, told, and nothing else', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const till = await listen(t, broker.url, 5)
  const longest = `${OWN}/main/request/`.padEnd(65_535, 'v')
  await till.publish(longest, { request_id: 'r1' }, { retain: true })
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url } })
  await until('the kept one is told', () => box.problems.length === 1)
  assert.equal(box.problems[0]?.code, 'register_unanswerable')
  assert.ok((box.problems[0]?.message.length ?? 0) < 100, 'the topic is not repeated')
  await till.publish(longest, { request_id: 'r2' })
  await until('the live one is told', () => box.problems.length === 2)
  const responseTopic = `${PREFIX}/reply/till-7`
  await till.publish(longest, { request_id: 'r3' }, { properties: { responseTopic } })
  assert.equal(JSON.parse((await till.until(responseTopic)).text).request_id, 'r3', 'it named another topic')
  await till.publish(REQUEST, { request_id: 'r4' })
  await till.until(RESPONSE)
  assert.equal(wire.count, 2, 'a look and a session: the link was never lost')
})

test('a response topic that the broker would hang up on is ignored for the default', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url, 5)
  const correlationData = Buffer.alloc(65_535, 7)
  for (const [index, beneath] of ['/'.repeat(300), '#', '+/x'].entries()) {
    const properties = { responseTopic: `${PREFIX}/reply/${beneath}`, correlationData }
    await till.publish(REQUEST, { request_id: 'r1' }, { properties })
    const { packet } = await till.until(RESPONSE, index + 1)
    assert.deepEqual(packet.properties?.correlationData, correlationData)
  }
  assert.equal(wire.count, 2, 'a look and a session: the link was never lost')
})

test('an answer that is larger than the broker takes is not sent, and the link stays', async t => {
  const broker = await startBroker(t, { maxPacketBytes: 2_000 })
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url }, answer: ({ verb }) => success('r1', { text: verb.repeat(100) }) })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url, 5)
  const correlationData = Buffer.alloc(1_500)
  await till.publish(REQUEST, { request_id: 'r1' }, { properties: { correlationData } })
  await until('it is told', () => box.problems.length > 0)
  assert.equal(box.problems[0]?.code, 'register_dropped')
  await till.publish(REQUEST, { request_id: 'r1' })
  await till.until(RESPONSE)
  assert.deepEqual(
    [wire.count, box.reasons('main'), box.commands.length],
    [2, [], 2],
    'a look and a session, and no command twice',
  )
})

test('the box sees that a command is retained, live or kept', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  const till = await listen(t, broker.url)
  await till.publish(REQUEST, { request_id: 'kept' }, { retain: true })
  const box = openBox(t, { broker: { url: broker.url } })
  await until('the kept command', () => box.commands.length === 1)
  await till.publish(REQUEST, { request_id: 'live' }, { retain: true })
  await till.publish(REQUEST, { request_id: 'plain' })
  await until('all commands', () => box.commands.length === 3)
  assert.deepEqual(
    box.commands.map(({ retained }) => retained),
    [true, true, false],
  )
})

test('in 3.1.1 a command that the broker has kept is seen as retained', async t => {
  const broker = await startBroker(t, { embedded: true })
  const till = await listen(t, broker.url)
  await till.publish(REQUEST, { request_id: 'kept' }, { retain: true })
  const box = openBox(t, { broker: { url: broker.url } })
  await until('the kept command', () => box.commands.length === 1)
  assert.equal(box.commands[0]?.retained, true)
})

test('what nobody answers is answered storage after a while, and does not stop the next', async t => {
  const broker = await startBroker(t)
  const clock = new VirtualClock()
  const box = openBox(t, {
    broker: { url: broker.url },
    clock,
    answer: incoming => (incoming.verb === 'lookup' ? answerOk(incoming) : null),
  })
  t.after(() => clock.advance(60_000))
  await untilOnline(box, clock)
  const till = await listen(t, broker.url)
  await till.publish(REQUEST, { request_id: 'r1' })
  await till.publish(`${OWN}/main/request/lookup`, { request_id: 'r2' })
  await until('the command', () => box.commands.length === 1)
  clock.advance(2_499)
  assert.equal(box.commands.length, 1)
  clock.advance(1)
  const { text } = await till.until(RESPONSE)
  assert.deepEqual(JSON.parse(text), {
    request_id: 'r1',
    ok: false,
    error: { code: 'storage', message: 'the box did not answer in time; send the command again', retryable: true },
  })
  await till.until(`${OWN}/main/response/lookup`)
  const [late] = box.commands
  if (late !== undefined) box.register.answer(late.ref, success('r1', {}))
  await till.publish(`${OWN}/main/request/lookup`, { request_id: 'r3' })
  await till.until(`${OWN}/main/response/lookup`, 2)
  assert.equal(till.on(RESPONSE).length, 1, 'a command has one answer')
})

test('commands of any name for any lane are handed over and answered where they came from', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url)
  await till.publish(`${OWN}/nowhere/request/nonsense`, 'no json')
  const { text } = await till.until(`${OWN}/nowhere/response/nonsense`)
  assert.deepEqual(JSON.parse(text), { request_id: '', ok: true, verb: 'nonsense' })
  const [command] = box.commands
  assert.deepEqual([command?.lane, command?.verb, command?.payload.toString()], ['nowhere', 'nonsense', 'no json'])
})
