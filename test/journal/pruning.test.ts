import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Charge } from '../../core/charge.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import { toOutTradeNo } from '../../core/order.ts'
import type { Row } from '../../core/ports.ts'
import { rfc3339 } from '../../core/time.ts'
import type { Store } from '../../device/journal/store.ts'
import { AT, attemptOf, chargeOf, eventOf, folderOf, refundOf, storeOf } from './sample.ts'

const HOUR = 3_600_000

/** A charge that ended, with one event, so many hours after the sample's time. */
function ended(id: string, hours: number, given: Partial<Charge> = {}): Charge {
  const at = AT + hours * HOUR
  return chargeOf({
    chargeId: id,
    outTradeNo: toOutTradeNo(`ORDER-${id}`),
    state: 'declined',
    createdAt: at,
    updatedAt: at,
    finalAt: at,
    ...given,
  })
}

function rows(seq: number, charge: Charge, given: Partial<LaneEvent> = {}, end: 'unpaid' | null = 'unpaid'): Row[] {
  return [
    { put: 'charge', charge },
    { put: 'attempt', attempt: attemptOf(charge, { end }) },
    { put: 'event', lane: charge.lane, event: { ...eventOf(seq, charge), ...given } },
  ]
}

const FIVE = ['a', 'b', 'c', 'd', 'e'].map((id, index) => ended(id, index))

function filled(store: Store): Store {
  store.commit(FIVE.flatMap((charge, index) => rows(index + 1, charge)))
  return store
}

function knows(store: Store, id: string): boolean {
  return store.find({ by: 'charge_id', lane: 'main', id }) !== null
}

function seqs(store: Store): number[] {
  return store.events('main', 0, 100, 1_000_000).events.map(({ seq }) => seq)
}

test('a charge of which an order number waits to be looked at again stays', t => {
  const store = filled(storeOf(t))
  const look = { outTradeNo: toOutTradeNo('ORDER-a'), merchant: 'm', made: 0, dueAt: AT, sure: true }
  store.commit([{ put: 'look', look }])
  store.prune('main', AT + 2 * HOUR, 100)
  assert.deepEqual(
    ['a', 'b'].map(id => knows(store, id)),
    [true, false],
  )
  assert.equal(store.nextLook({ merchant: 'm', now: AT, farthestMs: 0 }).look?.charge.chargeId, 'a')
})

test('what is older goes whole, the oldest first, and the rest stays', t => {
  const store = filled(storeOf(t))
  assert.equal(store.oldestAt('main'), AT)
  assert.equal(store.prune('main', AT + 2 * HOUR, 100), 2)
  assert.deepEqual(
    ['a', 'b', 'c'].map(id => knows(store, id)),
    [false, false, true],
  )
  assert.deepEqual(store.events('main', 0, 100, 1_000_000), {
    events: store.events('main', 2, 100, 1_000_000).events,
    oldestSeq: 3,
    more: false,
  })
  assert.equal(store.find({ by: 'out_trade_no', lane: 'main', id: 'ORDER-a' }), null)
  assert.deepEqual(
    store.outbox('main', 100).map(({ seq }) => seq),
    [3, 4, 5],
  )
  assert.equal(store.oldestAt('main'), AT + 2 * HOUR)
})

test('an id is never forgotten, on its lane', t => {
  const path = join(folderOf(t), 'journal.db')
  const store = filled(storeOf(t, path))
  store.prune('main', AT + 2 * HOUR, 100)
  store.close()
  const again = storeOf(t, path)
  const told = ['a', 'b', 'c', 'z'].map(id => again.isForgotten('main', id))
  assert.deepEqual(told, [true, true, false, false])
  assert.equal(again.isForgotten('side', 'a'), false)
  again.close()
  const db = new DatabaseSync(path)
  t.after(() => db.close())
  assert.deepEqual(
    db
      .prepare('SELECT length(mark) AS bytes FROM tombstones')
      .all()
      .map(row => row['bytes']),
    [16, 16],
  )
})

test('it goes in portions, and a charge goes with its last event', t => {
  const store = storeOf(t)
  const open = ended('a', 0, { state: 'submitting' })
  store.commit(rows(1, open))
  store.commit(rows(2, ended('a', 1)))
  store.commit(rows(3, ended('b', 2)))
  assert.equal(store.prune('main', AT + 9 * HOUR, 1), 1)
  assert.equal(knows(store, 'a'), true)
  assert.equal(store.prune('main', AT + 9 * HOUR, 1), 1)
  assert.equal(knows(store, 'a'), false)
  assert.equal(store.prune('main', AT + 9 * HOUR, 1), 0)
})

for (const [what, open] of [
  ['a charge that is not final', rows(1, ended('x', 0, { state: 'reversing' }))],
  ['an order number that has not ended', rows(1, ended('x', 0), {}, null)],
  [
    'a refund that has not ended',
    [...rows(1, ended('x', 0)), { put: 'refund', refund: refundOf(ended('x', 0), 'r1', 'needs_person') }],
  ],
] as const) {
  test(`${what} keeps the charge, however old`, t => {
    const store = storeOf(t)
    store.commit(open)
    store.commit(FIVE.flatMap((charge, index) => rows(index + 2, charge)))
    store.prune('main', AT + 9 * HOUR, 100)
    assert.deepEqual([knows(store, 'x'), store.isForgotten('main', 'x'), knows(store, 'a')], [true, false, false])
    const { open: stillOpen, refunds } = store.load().lanes.get('main') ?? assert.fail()
    assert.equal(stillOpen.length + refunds.length, 1)
  })
}

test('a refund and its order number go with their charge', t => {
  const store = storeOf(t)
  store.commit([...rows(1, ended('x', 0)), { put: 'refund', refund: refundOf(ended('x', 0), 'r1', 'returned') }])
  store.commit(FIVE.flatMap((charge, index) => rows(index + 2, charge)))
  store.prune('main', AT + 9 * HOUR, 100)
  assert.equal(store.find({ by: 'refund_id', lane: 'main', id: 'r1' }), null)
})

test('a lane goes on from its last number, and still knows the charge that ended last', t => {
  const store = filled(storeOf(t))
  assert.equal(store.prune('main', AT + 99 * HOUR, 100), 4)
  const { seq, last } = store.load().lanes.get('main') ?? assert.fail()
  assert.deepEqual([seq, last?.chargeId, seqs(store)], [5, 'e', [5]])
  assert.equal(store.prune('main', AT + 99 * HOUR, 100), 0)
})

test('a time that nobody trusted makes nothing old: only what happened before a time that is known', t => {
  const store = storeOf(t)
  const at1970 = { at: rfc3339(0), clock_trusted: false as const }
  store.commit([...rows(1, ended('a', 0), at1970), ...rows(2, ended('b', 0), at1970)])
  store.commit(rows(3, ended('c', 5)))
  store.commit(rows(4, ended('d', 6)))
  assert.equal(store.oldestAt('main'), AT + 5 * HOUR)
  assert.equal(store.prune('main', AT + 5 * HOUR, 100), 0)
  assert.equal(store.prune('main', AT + 6 * HOUR, 100), 3)
  const fresh = storeOf(t)
  fresh.commit([...rows(1, ended('a', 0), at1970), ...rows(2, ended('b', 0), at1970)])
  assert.deepEqual([fresh.oldestAt('main'), fresh.prune('main', AT, 100)], [null, 0])
})

test('lanes are pruned apart', t => {
  const store = filled(storeOf(t))
  store.commit([
    ...rows(1, ended('a', 0, { lane: 'side', outTradeNo: toOutTradeNo('SIDE-a') })),
    ...rows(2, ended('b', 1, { lane: 'side', outTradeNo: toOutTradeNo('SIDE-b') })),
  ])
  store.prune('side', AT + HOUR, 100)
  assert.deepEqual([knows(store, 'a'), store.isForgotten('side', 'a')], [true, true])
})

test('what was done when outlives a restart, and a bill that differed is told', t => {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  assert.deepEqual([store.notes().billOn, store.load().warnings], [null, []])
  const notes = { ...store.notes(), billDiffers: true }
  store.putNotes(notes)
  store.close()
  const again = storeOf(t, path)
  assert.deepEqual([again.notes(), again.load().warnings], [notes, ['bill_differs']])
})

test('events of an earlier stream go first, and take nothing of the present one with them', t => {
  const store = filled(storeOf(t))
  store.commit([{ put: 'stream', stream: 'second0000000000' }])
  const later = ['f', 'g'].map((id, index) => ended(id, 10 + index))
  store.commit(later.flatMap((charge, index) => rows(index + 1, charge, { stream: 'second0000000000' })))
  store.prune('main', AT + 10 * HOUR, 100)
  assert.deepEqual(
    [seqs(store), store.outbox('main', 10).map(({ seq }) => seq)],
    [
      [1, 2],
      [1, 2],
    ],
  )
  assert.deepEqual(
    [...FIVE, ...later].map(({ chargeId }) => knows(store, chargeId)),
    [false, false, false, false, false, true, true],
  )
})
