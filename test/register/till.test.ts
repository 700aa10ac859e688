import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure, success } from '../../core/contract/error.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import { requestIdOf } from '../../core/contract/payload.ts'
import type { Incoming } from '../../device/register/commands.ts'
import { startBroker } from '../broker.ts'
import { chargeOf, eventOf, STREAM } from '../journal/sample.ts'
import { openTill } from '../till.ts'
import { until } from '../until.ts'
import { BOX, openBox, PREFIX } from './bench.ts'
import { openWire } from './wire.ts'

/** Answers `events` from a history of so many, and nothing else. */
function historian(last: () => number): (incoming: Incoming) => object | null {
  return ({ verb, payload }) => {
    const requestId = requestIdOf(payload) ?? ''
    if (verb !== 'events') return failure(requestId, { code: 'unsupported', message: 'it only knows the past' })
    const { after_seq: after, limit } = JSON.parse(payload.toString())
    const events: LaneEvent[] = []
    for (let seq = after + 1; seq <= Math.min(last(), after + limit); seq += 1)
      events.push(eventOf(seq, chargeOf({ chargeId: `c${seq}` })))
    const next = events.at(-1)?.seq ?? after
    return success(requestId, { stream: STREAM, events, next_after_seq: next, oldest_seq: 1, more: next < last() })
  }
}

test('a register that follows the contract loses no event: not those from before, not those of a lost link', async t => {
  const broker = await startBroker(t)
  const wire = await openWire(t, broker.port)
  let happened = 250
  const box = openBox(t, { broker: { url: broker.url }, answer: historian(() => happened) })
  const till = await openTill(t, { url: wire.url, box: BOX, lane: 'main', prefix: PREFIX })
  await until('the past', () => till.events.length === 250)
  box.outbox.happen('main', 250) // they were delivered long ago
  for (let seq = 1; seq <= 250; seq += 1) await box.outbox.delivered('main', seq)
  happened = 260
  box.happen('main', 10)
  await until('the present', () => till.events.length === 260)
  wire.cut()
  happened = 300
  box.happen('main', 40)
  await until('what was missed', () => till.events.length === 300)
  assert.deepEqual(
    till.events.map(({ seq }) => seq),
    Array.from({ length: 300 }, (_, index) => index + 1),
  )
  assert.equal(till.book.size, 300)
  assert.deepEqual(till.complaints, [])
})

test('a register repeats a command with the same id until it is answered', async t => {
  const broker = await startBroker(t)
  const till = await openTill(t, { url: broker.url, box: BOX, lane: 'main', prefix: PREFIX })
  const answer = till.cancel('c1')
  const box = openBox(t, { broker: { url: broker.url }, answer: historian(() => 0) })
  assert.equal((await answer).error?.code, 'unsupported')
  const asked = box.commands.filter(({ verb }) => verb === 'cancel').map(({ payload }) => requestIdOf(payload))
  assert.equal(new Set(asked).size, 1)
})

test('a register notices when the same number comes with another content', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url }, answer: historian(() => 0) })
  const till = await openTill(t, { url: broker.url, box: BOX, lane: 'main', prefix: PREFIX })
  box.happen('main')
  await until('the event', () => till.events.length === 1)
  till.client.publish(`${PREFIX}/${BOX}/main/event`, JSON.stringify(eventOf(1, chargeOf({ chargeId: 'forged' }))))
  await until('the complaint', () => till.complaints.length === 1)
})
