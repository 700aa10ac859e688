import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { viewCharge } from '../../core/contract/charge-view.ts'
import { toOutTradeNo } from '../../core/order.ts'
import { AT, chargeOf, eventOf, folderOf, garble, rowsOf, storeOf, TELLER } from './sample.ts'

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

test('where its charge cannot be read either nothing is made up, and the disk is not searched again and again', t => {
  const { path, store } = damaged(t)
  store.close()
  garble(path, '"chargeId":"sale-2"', '"chargeId";"sale-2"')
  const again = storeOf(t, path)
  for (let turn = 0; turn < 2; turn += 1) assert.throws(() => again.outbox('main', 10), { code: 'journal_damaged' })
  assert.deepEqual(again.takeNotices(), [])
})
