import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { needsMosquitto, startBroker } from '../broker.ts'
import { STREAM } from '../journal/sample.ts'
import { until } from '../until.ts'
import { OFFLINE, ONLINE, OWN, openBox, PREFIX } from './bench.ts'
import { openRawBroker } from './raw-broker.ts'
import { listen } from './raw-client.ts'
import { openWire } from './wire.ts'

test('a broker that knows no MQTT 5 is spoken to in 3.1.1, at once', async t => {
  const broker = await startBroker(t, { embedded: true })
  const box = openBox(t, { broker: { url: broker.url } })
  await until('online', () => box.isOnline)
  assert.deepEqual(box.problems, [], 'that is no problem')
  const till = await listen(t, broker.url)
  assert.deepEqual(JSON.parse((await till.until(`${OWN}/status`)).text), ONLINE)
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r1' })
  assert.deepEqual(JSON.parse((await till.until(`${OWN}/main/response/charge`)).text), {
    request_id: 'r1',
    ok: true,
    verb: 'charge',
  })
  box.happen('main', 100)
  await till.until(`${OWN}/main/event`, 100)
  assert.deepEqual(till.on(`${PREFIX}/reply`), [])
})

test('in 3.1.1 no command waits at the broker for a box that is away', async t => {
  const broker = await startBroker(t, { embedded: true })
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url } })
  const till = await listen(t, broker.url)
  await till.until(`${OWN}/status`)
  wire.cut()
  await until('the will', () => till.bodies(`${OWN}/status`).at(-1)?.['state'] === OFFLINE.state)
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r1' })
  await until('online again', () => till.bodies(`${OWN}/status`).at(-1)?.['state'] === 'online')
  await till.publish(`${OWN}/main/request/charge`, { request_id: 'r2' })
  assert.equal(JSON.parse((await till.until(`${OWN}/main/response/charge`)).text).request_id, 'r2')
  assert.equal(box.commands.length, 1)
})

test('after every loss MQTT 5 is tried first, for the broker may be a new one', async t => {
  const broker = await startBroker(t, { embedded: true })
  const wire = await openWire(t, broker.port)
  const box = openBox(t, { broker: { url: wire.url } })
  await until('online', () => box.isOnline)
  assert.equal(wire.count, 3, 'MQTT 5 in vain, a look, a session')
  wire.cut()
  await until('online again', () => wire.count === 6 && box.isOnline)
})

test('a broker that hangs up on MQTT 5 without a word is spoken to in 3.1.1, but not because it did so once', async t => {
  const broker = await startBroker(t, { embedded: true })
  const door = await openRawBroker(t, (socket, { version }, bytes) => {
    if (version === 5) {
      socket.destroy()
      return
    }
    const far = connect(broker.port, '127.0.0.1')
    far.on('error', () => {})
    far.write(bytes)
    socket.pipe(far).pipe(socket)
    t.after(() => far.destroy())
  })
  const box = openBox(t, { broker: { url: door.url } })
  await until('online', () => box.isOnline)
  assert.deepEqual(
    door.connects.map(({ version }) => version),
    [5, 5, 4, 4],
  )
})

test('MQTT 5 asks for a session that outlives a lost link by half a minute, and 3.1.1 for none', async t => {
  const broker = await openRawBroker(t, (socket, { version }) => {
    socket.write(version === 5 ? Buffer.from([0x20, 3, 0, 1, 0]) : Buffer.from([0x20, 2, 0, 0])) // 1: unknown version
  })
  const box = openBox(t, { broker: { url: broker.url } })
  await until('both', () => broker.connects.length === 2)
  const same = { clientId: `counter-1-${STREAM}`, hasWill: false, keepaliveS: 15 }
  assert.deepEqual(broker.connects, [
    { ...same, version: 5, clean: false, sessionExpiryS: 30 },
    { ...same, version: 4, clean: true, sessionExpiryS: null },
  ])
  await box.register.close()
})

test('after a silent start MQTT 5 is spoken to a broker that knows it', async t => {
  const broker = await startBroker(t)
  if (!needsMosquitto(t, broker)) return
  let isUp = false
  const door = await openRawBroker(t, (socket, _connect, bytes) => {
    if (!isUp) {
      isUp = true
      socket.destroy()
      return
    }
    const far = connect(broker.port, '127.0.0.1')
    far.write(bytes)
    far.on('error', () => {})
    socket.pipe(far).pipe(socket)
    t.after(() => far.destroy())
  })
  const box = openBox(t, { broker: { url: door.url } })
  await until('online', () => box.isOnline)
  assert.ok(door.connects.every(({ version }) => version === 5))
  const will = door.connects.at(-1)
  assert.deepEqual([will?.hasWill, will?.clean, will?.sessionExpiryS], [true, false, 30])
})
