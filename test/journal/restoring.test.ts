import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { viewCharge } from '../../core/contract/charge-view.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import { toOutTradeNo } from '../../core/order.ts'
import { AT, alter, chargeOf, eventOf, folderOf, garble, rowsOf, storeOf, TELLER } from './sample.ts'

/** A row of the journal that the disk does not give back as it was given. */

const ALL = [1_000, 1_000_000] as const
const SALE = chargeOf({ outTradeNo: toOutTradeNo('ORDER0002'), chargeId: 'sale-2' })
const PAID = { ...SALE, state: 'paid', sent: true, paid: { transactionId: 'T2' }, updatedAt: AT + 9_000 } as const

/** Four events, the third of which has lost a sign of its content. */
function damaged(t: TestContext, from = '"seq":3,', to = '"seq";3,') {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  store.commit([...rowsOf(1, chargeOf()), { put: 'event', lane: 'main', event: eventOf(2, SALE) }])
  store.commit([{ put: 'event', lane: 'main', event: eventOf(3, { ...SALE, state: 'submitting' }) }])
  store.commit(rowsOf(4, PAID))
  store.close()
  garble(path, from, to)
  return { path, store: storeOf(t, path) }
}

for (const [what, from, to] of [
  ['is no JSON any more', '"seq":3,', '"seq";3,'],
  ['has another number', '"seq":3,', '"seq":7,'],
  ['has another stream', '"stream":"abcdefgh01234567","seq":3', '"stream":"abcdefgh01234568","seq":3'],
  ['tells of no charge', '"seq":3,"event_id":"main-3","type":"charge"', '"seq":3,"event_id":"main-3","tipe":"charge"'],
] as const) {
  test(`an event whose content ${what} is told under its number, with its charge as that stands; what follows is told too`, t => {
    const { path, store } = damaged(t, from, to)
    const told = store.outbox('main', 10)
    assert.deepEqual(
      told.map(({ seq, restored = false }) => [seq, restored]),
      [
        [1, false],
        [2, false],
        [3, true],
        [4, false],
      ],
    )
    const [, , third] = told
    assert.deepEqual(third?.charge, viewCharge(PAID, TELLER.box, TELLER.language))
    assert.deepEqual([third?.event_id, third?.clock_trusted], ['abcdefgh01234567-main-3', false])
    assert.deepEqual(store.takeNotices(), [{ of: 'event_restored', lane: 'main', seq: 3, chargeId: 'sale-2' }])
    assert.deepEqual(store.takeNotices(), [])
    assert.deepEqual(store.events('main', 0, ...ALL).events, told)
    store.close()
    const again = storeOf(t, path)
    assert.deepEqual(again.events('main', 0, ...ALL).events, told, 'from now on its content is that, for ever')
    assert.deepEqual(again.takeNotices(), [])
  })
}

test('whoever asks for it meets it as whom it waits for does: a till by its number, a person by its charge, and pruning', t => {
  for (const ask of ['events', 'history', 'prune', 'ordersOf'] as const) {
    const { store } = damaged(t)
    if (ask === 'events') assert.equal(store.events('main', 2, ...ALL).events[0]?.restored, true)
    if (ask === 'history') assert.equal(store.history('main', 'sale-2')?.events[1]?.restored, true)
    if (ask === 'prune') assert.equal(store.prune('main', AT + 5_000, 100), 2)
    if (ask === 'ordersOf') assert.equal(store.ledger(reader => reader.ordersOf(['ORDER0002'])).length, 1)
    assert.equal(store.outbox('main', 10).length, ask === 'prune' ? 2 : 4)
  }
})

/** Of `main` the second event and its charge are damaged, and of `side` the only event; what was garbled is put right again by what is returned. */
function hopeless(t: TestContext) {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  const lost = {
    ...chargeOf({ chargeId: 'lost-1', outTradeNo: toOutTradeNo('ORDER0001') }),
    state: 'declined',
    sent: true,
  } as const
  const side = {
    ...chargeOf({ chargeId: 'side-1', outTradeNo: toOutTradeNo('ORDER0003'), lane: 'side' }),
    state: 'declined',
  } as const
  const begun = { ...lost, state: 'awaiting_scan', sent: false } as const
  store.commit([...rowsOf(1, begun), ...rowsOf(2, lost), ...rowsOf(3, PAID), ...rowsOf(1, side)])
  store.close()
  alter(path, `UPDATE attempts SET ended = 'unpaid'`)
  garble(path, '"seq":2,', '"seq";2,')
  garble(
    path,
    '"stream":"abcdefgh01234567","seq":1,"event_id":"side-1"',
    '"stream";"abcdefgh01234567","seq":1,"event_id":"side-1"',
  )
  garble(path, '"chargeId":"lost-1"', '"chargeId";"lost-1"')
  return { path, store: storeOf(t, path), mend: () => garble(path, '"chargeId";"lost-1"', '"chargeId":"lost-1"') }
}

const NOT_TOLD = { of: 'event_left_out', lane: 'main', seq: 2, chargeId: 'lost-1' }
const toldOf = (events: readonly LaneEvent[]) => events.map(({ seq, restored = false }) => [seq, restored])

test('where its charge cannot be read either nothing is made up: its lane waits behind it, said once, and all others are told', t => {
  const { store, path } = hopeless(t)
  assert.deepEqual(toldOf(store.outbox('main', 10)), [[1, false]], 'what stands before it is told')
  assert.deepEqual(toldOf(store.outbox('side', 10)), [[1, true]])
  assert.deepEqual(store.takeNotices(), [NOT_TOLD, { of: 'event_restored', lane: 'side', seq: 1, chargeId: 'side-1' }])
  const page = store.events('main', 0, ...ALL)
  assert.deepEqual([toldOf(page.events), page.more], [[[1, false]], true])
  store.delivered('main', 1)
  const refusal = { code: 'journal_damaged', message: /^event 2 of lane main in the journal is damaged, and so is its charge/ }
  for (const ask of [() => store.outbox('main', 10), () => store.events('main', 1, ...ALL)]) assert.throws(ask, refusal)
  assert.deepEqual(store.takeNotices(), [])
  store.commit([{ put: 'event', lane: 'main', event: eventOf(4, PAID) }])
  assert.deepEqual(toldOf(store.events('main', 2, ...ALL).events), [
    [3, false],
    [4, false],
  ])
  store.close()
  for (let starts = 0; starts < 2; starts += 1) {
    const again = storeOf(t, path)
    assert.throws(() => again.outbox('main', 10), refusal)
    assert.deepEqual(again.takeNotices(), [NOT_TOLD], 'with each start it is said again, and no more is made of it')
    again.close()
  }
})

test('once its charge can be read again it is told under its number, and what follows too', t => {
  const { store, path, mend } = hopeless(t)
  store.outbox('main', 10)
  store.close()
  mend()
  const again = storeOf(t, path)
  again.delivered('main', 1)
  assert.deepEqual(toldOf(again.outbox('main', 10)), [
    [2, true],
    [3, false],
  ])
  assert.deepEqual(again.history('main', 'lost-1')?.events[1]?.restored, true)
})

test('another event that is damaged later, and a charge that is, do not stand in its way', t => {
  const { store } = hopeless(t)
  store.outbox('main', 10)
  store.takeNotices()
  assert.throws(() => store.history('main', 'lost-1'), { code: 'journal_damaged' })
  store.commit([
    {
      put: 'event',
      lane: 'side',
      event: { ...eventOf(2, chargeOf({ chargeId: 'side-1', lane: 'side' })), stream: 'another-stream000' },
    },
  ])
  assert.deepEqual(toldOf(store.outbox('side', 10)), [
    [1, true],
    [2, true],
  ])
})

test('such an event is pruned with what follows it', t => {
  const { store } = hopeless(t)
  store.outbox('main', 10)
  store.commit([{ put: 'event', lane: 'main', event: eventOf(4, { ...PAID, updatedAt: AT + 20_000 }) }])
  assert.equal(store.prune('main', AT + 10_000, 100), 3)
  assert.deepEqual(toldOf(store.outbox('main', 10)), [[4, false]])
  assert.ok(store.isForgotten('main', 'lost-1'))
})
