import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { z } from 'zod'
import {
  ANSWER_MESSAGES,
  eventMessage,
  failureMessage,
  type LaneEvent,
  scanMessage,
  stateMessage,
  statusMessage,
} from '../../core/contract/message.ts'
import { needsMosquitto } from '../broker.ts'
import { strictly } from '../docs/reference/strict.ts'
import { type Heard, listen, type RawClient } from '../register/raw-client.ts'
import type { Till } from '../till.ts'
import { Rig } from './rig.ts'

const OWN = 'tillbridge/counter-1'
const LANE = `${OWN}/main`
const AMOUNT = 1_234

/** No answer of the gateway comes too late, however busy the machine is. */
const PATIENT = { answer_within_s: 10, poll_for_s: 20, not_found_after_s: 30 }

interface Shop {
  readonly rig: Rig
  readonly till: Till
  /** Hears everything, with the retain flag as it was published. */
  readonly listener: RawClient
}

/** A box that is asked for everything, or null where the broker is not mosquitto. */
async function openShop(t: TestContext): Promise<Shop | null> {
  const rig = await Rig.start(t, { emulator: { sameAmountWithinMs: 0 }, timing: PATIENT })
  if (!needsMosquitto(t, rig.broker)) return null
  rig.configure({ register: { url: rig.broker.url, refunds: true, scans: true } })
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const listener = await listen(t, rig.broker.url, 5)
  const till = await rig.till(t)
  await rig.startBox().ready()
  return { rig, till, listener }
}

async function sell({ rig, till }: Shop, chargeId: string): Promise<void> {
  assert.ok((await till.charge({ charge_id: chargeId, amount: AMOUNT, metadata: { till: 3 } })).ok)
  await till.untilCharge(chargeId, ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  assert.equal((await till.untilCharge(chargeId, ({ final }) => final)).state, 'paid')
}

function checkOf(schema: z.ZodType) {
  const wrong = strictly(schema)
  return (body: unknown, what: string) => assert.equal(wrong(body), null, what)
}

const failed = checkOf(failureMessage)
const answers = new Map(Object.entries(ANSWER_MESSAGES).map(([verb, schema]) => [verb, checkOf(schema)]))
const TOLD = new Map([
  [`${OWN}/status`, { retained: true, check: checkOf(statusMessage) }],
  [`${LANE}/state`, { retained: true, check: checkOf(stateMessage) }],
  [`${LANE}/event`, { retained: false, check: checkOf(eventMessage) }],
  [`${LANE}/scan`, { retained: false, check: checkOf(scanMessage) }],
])

/** One message of the box, held to the reference. */
function checkMessage({ topic, text, packet }: Heard): void {
  const body: unknown = JSON.parse(text)
  const verb = topic.split('/response/')[1]
  const retained = TOLD.get(topic)?.retained ?? false
  assert.deepEqual([packet.qos, packet.retain], [1, retained], topic)
  assert.ok(packet.payload.length <= 65_536)
  const check = (body as { ok?: boolean }).ok === false ? failed : (TOLD.get(topic)?.check ?? answers.get(verb ?? ''))
  assert.ok(check, `nothing is told on ${topic}`)
  check(body, `${topic} ${text}`)
  for (const [, time = ''] of text.matchAll(/"(?:\w+_)?at":"([^"]*)"/g))
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
}

test('everything that a box publishes is as the reference has it, with QoS 1, and retained where that is said', async t => {
  const shop = await openShop(t)
  if (shop === null) return
  const { rig, till, listener } = shop
  await rig.gun.write('6901234567892\r')
  await listener.until(`${LANE}/scan`)
  await sell(shop, 'A')
  assert.ok((await till.command('refund', { refund_id: 'R', charge_id: 'A', amount: 1 })).ok)
  await till.untilRefund('R', 'returned')
  assert.ok((await till.charge({ charge_id: 'B', amount: AMOUNT })).ok)
  rig.wire.faults.add({ match: { path: '/pay/micropay' }, fault: { kind: 'err_code', errCode: 'NOTENOUGH' } })
  assert.ok((await till.command('scan', { charge_id: 'B', code: rig.engine.issueCode('li') })).ok)
  await till.untilCharge('B', ({ refusals = [] }) => refusals.length === 1)
  assert.ok((await till.cancel('B')).ok)
  assert.ok((await till.lookup({ charge_id: 'A' })).ok)
  assert.ok((await till.command('events', { after_seq: 0 })).ok)
  assert.equal((await till.charge({ charge_id: 'A', amount: 2 })).error?.code, 'conflict')
  await rig.box?.stop()
  await rig.until('offline', () => till.status?.['state'] === 'offline')
  const heard = listener.heard.filter(({ topic }) => !topic.includes('/request/'))
  for (const message of heard) checkMessage(message)
  const verbs = [...answers.keys()].map(verb => `${LANE}/response/${verb}`)
  assert.deepEqual([...new Set(heard.map(({ topic }) => topic))].sort(), [...TOLD.keys(), ...verbs].sort())
  assert.deepEqual(till.complaints, [])
})

test('a retained charge is answered `stale`, whether it waited or came just now, and charges nothing', async t => {
  const rig = await Rig.start(t)
  if (!needsMosquitto(t, rig.broker)) return
  const listener = await listen(t, rig.broker.url, 5)
  const ask = (id: string) =>
    listener.publish(`${LANE}/request/charge`, { request_id: id, charge_id: id, amount: 1 }, { retain: true })
  await ask('kept')
  const till = await rig.till(t)
  await rig.startBox().ready()
  await ask('live')
  await listener.until(`${LANE}/response/charge`, 2)
  for (const body of listener.bodies(`${LANE}/response/charge`)) {
    assert.deepEqual([body['ok'], (body['error'] as { code: string }).code], [false, 'stale'])
  }
  assert.equal((await till.lookup({ charge_id: 'live' })).error?.code, 'unknown_charge')
  assert.ok((await till.charge({ charge_id: 'kept', amount: 2 })).ok, 'its id was not used up either')
})

test('what cannot be read, and what is asked of no lane, is answered where it was asked', async t => {
  const shop = await openShop(t)
  if (shop === null) return
  const { listener, till } = shop
  const body = { request_id: 'r1', charge_id: 'c1', amount: 1 }
  const asked = [
    ['main/request/charge', 'no json', null, 'invalid', undefined],
    ['main/request/charge', `${' '.repeat(65_536)}{}`, null, 'invalid', undefined],
    ['attic/request/charge', JSON.stringify(body), 'r1', 'invalid', 'lane'],
    ['main/request/dance', JSON.stringify(body), 'r1', 'unsupported', undefined],
  ] as const
  for (const [topic, payload, requestId, code, field] of asked) {
    const answer = `${OWN}/${topic.replace('/request/', '/response/')}`
    const before = listener.on(answer).length
    await listener.publish(`${OWN}/${topic}`, payload)
    const { request_id, ok, error } = JSON.parse((await listener.until(answer, before + 1)).text)
    assert.deepEqual([request_id, ok, error.code, error.field], [requestId, false, code, field], topic)
  }
  const told = await listener.until(`${OWN}/attic/response/charge`)
  failed(JSON.parse(told.text), told.topic)
  assert.ok(till.isReady)
})

test('a page of events is what was published, word for word, answered to whoever asked, and fits into an answer', async t => {
  const shop = await openShop(t)
  if (shop === null) return
  const { till, listener } = shop
  for (let sale = 0; sale < 40; sale += 1) {
    assert.ok((await till.charge({ charge_id: `c${sale}`, amount: 1, metadata: { k: 'x'.repeat(1_000) } })).ok)
    assert.ok((await till.cancel(`c${sale}`)).ok)
  }
  await listener.until(`${LANE}/event`, 80)
  const published = listener.on(`${LANE}/event`).map(({ text }) => text)
  const pages: string[] = []
  let more = true
  for (let after = 0; more; ) {
    const { body } = await till.command('events', { after_seq: after, limit: 100 })
    const { events, next_after_seq, oldest_seq } = body as unknown as Page
    assert.ok(events.length > 0 && events.length < 80, 'a page holds what an answer can')
    assert.deepEqual([oldest_seq, next_after_seq], [1, after + events.length])
    pages.push(...events.map(event => JSON.stringify(event)))
    after = next_after_seq
    more = (body as unknown as Page).more
  }
  assert.deepEqual(pages, published)
  const { body } = await till.command('events', { after_seq: 80 })
  const { events, next_after_seq } = body as unknown as Page
  assert.deepEqual([events, next_after_seq, body['more'], body['stream']], [[], 80, false, till.stream])
  const defaultPage = (await till.command('events', { after_seq: 0, limit: 3 })).body as unknown as Page
  assert.deepEqual([defaultPage.events.length, defaultPage.more], [3, true])
  assert.ok(listener.on(`${LANE}/response/events`).every(({ packet }) => packet.payload.length <= 65_536))
  assert.equal(listener.on(`${LANE}/event`).length, 80, 'none of it is published again')
})

interface Page {
  readonly events: readonly LaneEvent[]
  readonly next_after_seq: number
  readonly oldest_seq: number
  readonly more: boolean
}

test('a box that is killed is offline by its will, and after a start its stream, its numbers and its charges are what they were', async t => {
  const shop = await openShop(t)
  if (shop === null) return
  const { rig, till, listener } = shop
  await sell(shop, 'A')
  const online = { ...till.status }
  const { stream } = till
  await rig.box?.kill()
  await rig.until('the will', () => till.status?.['state'] === 'offline')
  assert.deepEqual(till.status, { ...online, state: 'offline', ready: false, lanes: {} })
  await rig.startBox().ready()
  await sell(shop, 'B')
  assert.equal(till.stream, stream)
  assert.equal((await till.charge({ charge_id: 'A', amount: AMOUNT })).charge?.state, 'paid', 'as it stands')
  assert.equal(rig.wire.received.count('/pay/micropay'), 2, 'and nothing is charged again')
  const numbers = [...new Set(listener.bodies(`${LANE}/event`).map(({ stream: of, seq }) => `${of} ${seq}`))]
  assert.deepEqual(
    numbers,
    [1, 2, 3, 4, 5, 6].map(seq => `${stream} ${seq}`),
  )
})
