import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBroker } from '../broker.ts'
import { until } from '../until.ts'
import { OFFLINE, ONLINE, OWN, openBox, PREFIX } from './bench.ts'
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
