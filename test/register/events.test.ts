import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsMosquitto, startBroker } from '../broker.ts'
import { VirtualClock } from '../clock.ts'
import { chargeOf, eventOf } from '../journal/sample.ts'
import { until } from '../until.ts'
import { ONLINE, OWN, openBox, untilOnline } from './bench.ts'
import { listen } from './raw-client.ts'
import { openWire } from './wire.ts'

const EVENT = `${OWN}/main/event`

/** Numbers from 1 to `last`. */
function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

/** What a register makes of what it heard: each number counts when it is the next one. */
function counted(seqs: readonly unknown[]): number {
  return seqs.reduce<number>((last, seq) => (seq === last + 1 ? last + 1 : last), 0)
}

test('every event goes out as the journal has it, in order, lane by lane', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  const box = openBox(t, { broker: { url: broker.url }, lanes: ['main', 'side'] })
  box.outbox.happen('main', 50) // from before
  await until('online', () => box.isOnline)
  box.happen('side', 70)
  for (let seq = 51; seq <= 150; seq += 1) box.happen('main')
  await till.until(EVENT, 150)
  await till.until(`${OWN}/side/event`, 70)
  assert.deepEqual(
    till.bodies(EVENT).map(body => body['seq']),
    upTo(150),
  )
  assert.deepEqual(
    till.bodies(`${OWN}/side/event`).map(body => body['seq']),
    upTo(70),
  )
  const { text, packet } = await till.until(EVENT)
  assert.equal(text, JSON.stringify(eventOf(1, chargeOf({ chargeId: 'c1' }))))
  assert.deepEqual([packet.qos, packet.retain], [1, false])
  await until('all are marked', () => box.outbox.waiting('main') + box.outbox.waiting('side') === 0)
  assert.ok(
    box.outbox.limits.every(limit => limit === 16),
    'the window is bounded',
  )
})

test('of a stream that is over nothing is sent, although the journal does not know it yet; then the new one is', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  const box = openBox(t, { broker: { url: broker.url }, stream: 'before' })
  box.register.status({ ...ONLINE, stream: 'after' })
  box.happen('main', 3)
  await until('online', () => box.isOnline)
  await until('the outbox was read', () => box.outbox.limits.length > 0)
  box.outbox.beginStream('after')
  box.happen('main', 2)
  await till.until(EVENT, 2)
  assert.deepEqual(
    till.bodies(EVENT).map(({ stream, seq }) => [stream, seq]),
    [
      ['after', 1],
      ['after', 2],
    ],
  )
})

test('what a lane has to tell that is not configured any more goes out under its old name', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  const box = openBox(t, { broker: { url: broker.url }, lanes: ['main'], formerLanes: ['side'] })
  box.outbox.happen('side', 2) // from before
  await till.until(`${OWN}/side/event`, 2)
  box.happen('side')
  await till.until(`${OWN}/side/event`, 3)
  await until('all are marked', () => box.outbox.waiting('side') === 0)
})

test('an event leaves the outbox only when the broker has it, and no more than the window is under way', async t => {
  const broker = await startBroker(t)
  const wire = await openWire(t, broker.port)
  const till = await listen(t, broker.url)
  const box = openBox(t, { broker: { url: wire.url } })
  await until('online', () => box.isOnline)
  wire.deaf = true
  box.happen('main', 30)
  await till.until(EVENT, 16)
  assert.equal(box.outbox.waiting('main'), 30)
  assert.equal(till.on(EVENT).length, 16)
  wire.deaf = false
  wire.cut()
  await until('all are delivered', () => box.outbox.waiting('main') === 0)
  await until('all are heard', () => counted(till.bodies(EVENT).map(body => body['seq'])) === 30)
  assert.deepEqual(
    till.bodies(EVENT).map(body => body['seq']),
    [...upTo(16), ...upTo(30)],
    'repeats ascend',
  )
})

test('a broker that restarts in the middle loses no event and no order', async t => {
  const broker = await startBroker(t)
  const till = await listen(t, broker.url)
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  box.happen('main', 500)
  await till.until(EVENT, 20)
  await broker.stop()
  box.happen('main', 100)
  await broker.start()
  await until('online again', () => box.isOnline && box.health.length > 2)
  box.happen('main', 100)
  await until('all are delivered', () => box.outbox.waiting('main') === 0)
  const marked = box.outbox.marked
  assert.deepEqual(
    marked.filter((seq, index) => marked.indexOf(seq) === index),
    upTo(700),
  )
  const seqs = till.bodies(EVENT).map(body => Number(body['seq']))
  const falls = seqs.filter((seq, index) => index > 0 && seq <= (seqs[index - 1] ?? 0))
  assert.ok(falls.length <= 1, 'it goes back at most once, to what the broker had not acknowledged')
})

test('events that the broker refuses make the lane not ready, stay in the outbox, and go out when it takes them', async t => {
  const acl = [
    'user counter-1',
    `topic write ${OWN}/status`,
    `topic write ${OWN}/+/state`,
    `topic read ${OWN}/#`,
    'user till',
    'topic #',
  ]
  const broker = await startBroker(t, { acl })
  if (!needsMosquitto(t, broker)) return
  const box = openBox(t, { broker: { url: broker.url, username: 'counter-1' }, lanes: ['main', 'side'] })
  await until('online', () => box.isOnline)
  box.happen('main', 3)
  await until('refused', () => box.reasons('main').length > 0)
  assert.deepEqual(box.reasons('main'), ['events_refused'])
  assert.deepEqual([box.reasons(null), box.reasons('side')], [[], []])
  assert.equal(box.outbox.waiting('main'), 3)
  assert.equal(box.problems[0]?.code, 'register_publish_refused')
  broker.permit([`user counter-1`, `topic ${OWN}/#`, 'user till', 'topic #'])
  const till = await listen(t, broker.url, 4, 'till')
  await until('ready again', () => box.reasons('main').length === 0)
  await till.until(EVENT, 3)
  await until('all are delivered', () => box.outbox.waiting('main') === 0)
  assert.equal(counted(till.bodies(EVENT).map(body => body['seq'])), 3)
})

test('an answer to a verb that nobody knows makes no lane not ready where the broker refuses it', async t => {
  const written = ['status', '+/state', '+/response/charge'].map(rest => `topic write ${OWN}/${rest}`)
  const broker = await startBroker(t, { acl: ['user counter-1', `topic read ${OWN}/#`, ...written, 'user till', 'topic #'] })
  if (!needsMosquitto(t, broker)) return
  const box = openBox(t, { broker: { url: broker.url, username: 'counter-1' } })
  await until('online', () => box.isOnline)
  const till = await listen(t, broker.url, 4, 'till')
  await till.publish(`${OWN}/main/request/dance`, { request_id: 'r1' })
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r2' })
  await till.until(`${OWN}/main/response/charge`)
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r3' })
  await until('what the broker said before it', () => box.commands.length === 3)
  assert.deepEqual(box.reasons('main'), [])
})

test('a status that the broker refuses makes every lane not ready until it is taken', async t => {
  const broker = await startBroker(t, { acl: ['user counter-1', `topic read ${OWN}/#`, `topic write ${OWN}/+/state`] })
  if (!needsMosquitto(t, broker)) return
  const box = openBox(t, { broker: { url: broker.url, username: 'counter-1' } })
  await until('refused', () => box.reasons(null).includes('events_refused'))
  broker.permit(['user counter-1', `topic ${OWN}/#`, 'user till', 'topic #'])
  const till = await listen(t, broker.url, 4, 'till')
  await until('ready again', () => box.isOnline)
  await till.until(`${OWN}/status`)
})

test('a journal that cannot be read or marked is asked again, and nothing is skipped', async t => {
  const broker = await startBroker(t)
  const clock = new VirtualClock()
  const till = await listen(t, broker.url)
  const box = openBox(t, { broker: { url: broker.url }, clock })
  await untilOnline(box, clock)
  box.outbox.failure = new RangeError('out of order')
  box.happen('main', 2)
  await until('told', () => box.problems.length === 1)
  assert.equal(box.problems[0]?.code, 'register_outbox')
  assert.equal(box.problems[0]?.cause, box.outbox.failure)
  box.outbox.failure = null
  clock.advance(1_000)
  await till.until(EVENT, 2)
  await until('all are delivered', () => box.outbox.waiting('main') === 0)
  assert.deepEqual(
    till.bodies(EVENT).map(body => body['seq']),
    [1, 2],
  )
})

test('a broker that acknowledges nothing any more is left', async t => {
  const broker = await startBroker(t)
  const wire = await openWire(t, broker.port)
  const clock = new VirtualClock()
  const box = openBox(t, { broker: { url: wire.url }, clock })
  await untilOnline(box, clock)
  clock.advance(1_000)
  wire.deaf = true
  box.happen('main')
  await until('sent', () => box.outbox.limits.length > 0)
  await until('given up', () => {
    clock.advance(1_000)
    return !box.isOnline
  })
  wire.deaf = false
  await untilOnline(box, clock)
  await until('delivered', () => box.outbox.waiting('main') === 0)
})
