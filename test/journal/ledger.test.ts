import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { HeldOrder, KnownOrder } from '../../core/bill/order.ts'
import { toOutTradeNo } from '../../core/order.ts'
import { rfc3339 } from '../../core/time.ts'
import { AT, chargeOf, eventOf, folderOf, garble, refundOf, rowsOf, storeOf } from './sample.ts'

const HOUR = 3_600_000

/** A charge that was paid at a time of WeChat Pay's, or, without it, said paid by a person. */
function paid(chargeId: string, paidAt: number | null, lane = 'main') {
  const paidDetails = paidAt === null ? {} : { paid: { transactionId: `42-${chargeId}`, paidAt: rfc3339(paidAt) } }
  return chargeOf({ chargeId, lane, outTradeNo: toOutTradeNo(`ORDER-${chargeId}`), state: 'paid', finalAt: AT, ...paidDetails })
}

function readable(orders: readonly HeldOrder[]): readonly KnownOrder[] {
  return orders.filter(order => order.charge !== null)
}

test('which order numbers are this box’s, on whichever lane', t => {
  const store = storeOf(t)
  store.commit([...rowsOf(1, paid('a', AT)), ...rowsOf(1, paid('b', AT, 'side'))])
  assert.deepEqual(
    store.ledger(reader => reader.knownOf(['ORDER-b', 'FOREIGN-1', 'ORDER-a'])),
    ['ORDER-b', 'ORDER-a'],
  )
  assert.deepEqual(
    store.ledger(reader => reader.knownOf([])),
    [],
  )
})

test('when the first charge was taken that is still there', t => {
  const store = storeOf(t)
  const begins = () => store.ledger(reader => reader.beginsAt())
  assert.equal(begins(), null)
  store.commit([...rowsOf(1, { ...paid('a', AT), createdAt: AT - 5 }), ...rowsOf(2, { ...paid('b', AT), createdAt: AT - 9 })])
  assert.equal(begins(), AT - 5)
})

test('an order comes with its charge, its refunds, what was written down, and what the broker has taken', t => {
  const store = storeOf(t)
  const before = { ...paid('a', AT), state: 'submitting' as const }
  const after = paid('a', AT)
  const refund = refundOf(after, 'r1', 'returned')
  store.commit(rowsOf(1, before))
  store.delivered('main', 1)
  store.commit([
    { put: 'charge', charge: after },
    { put: 'refund', refund },
    { put: 'event', lane: 'main', event: eventOf(2, after) },
  ])
  const [order] = readable(store.ledger(reader => reader.ordersOf(['ORDER-a', 'FOREIGN-1'])))
  assert.deepEqual([order?.charge, order?.refunds, order?.attempt.outTradeNo], [after, [refund], 'ORDER-a'])
  assert.deepEqual([order?.written?.state, order?.told?.state], ['paid', 'submitting'])
  store.delivered('main', 2)
  const [later] = readable(store.ledger(reader => reader.ordersOf(['ORDER-a'])))
  assert.equal(later?.told?.state, 'paid')
})

test('an order whose charge the disk gives back as something else is told as that, and the others as they are', t => {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  store.commit([...rowsOf(1, { ...paid('a', AT), merchant: 'm' }), ...rowsOf(2, paid('b', AT)), ...rowsOf(3, paid('c', AT))])
  store.close()
  garble(path, '"chargeId":"a"', '"chargeId":"x"')
  garble(path, '"chargeId":"b"', '"chargeId";"b"')
  garble(path, '"seq":2,', '"seq";2,')
  const orders = storeOf(t, path).ledger(reader => reader.ordersOf(['ORDER-a', 'ORDER-b', 'ORDER-c']))
  assert.deepEqual(orders.slice(0, 2), [
    { outTradeNo: 'ORDER-a', lane: 'main', chargeId: 'a', merchant: 'm', charge: null },
    { outTradeNo: 'ORDER-b', lane: 'main', chargeId: 'b', merchant: null, charge: null },
  ])
  assert.equal(orders[2]?.charge?.chargeId, 'c')
})

test('what no broker had taken when a new stream began was never told', t => {
  const store = storeOf(t)
  const before = { ...paid('a', AT), state: 'submitting' as const }
  store.commit([...rowsOf(1, before), ...rowsOf(2, paid('a', AT)), ...rowsOf(3, paid('b', AT))])
  store.delivered('main', 1)
  store.commit([{ put: 'stream', stream: 'second0000000000' }])
  const orders = readable(store.ledger(reader => reader.ordersOf(['ORDER-a', 'ORDER-b'])))
  assert.deepEqual(
    orders.map(({ written, told }) => [written?.state, told?.state]),
    [
      ['paid', 'submitting'],
      ['paid', undefined],
    ],
  )
  assert.deepEqual([store.outbox('main', 10), store.history('main', 'b')?.waiting], [[], []], 'and it is told no more')
})

test('what moved in a time: by WeChat Pay’s clock, else by the box’s; from its first moment until before its last', t => {
  const store = storeOf(t)
  const second = AT - (AT % 1_000)
  const [from, until] = [second - HOUR, second + HOUR]
  const charges = [
    paid('a', from),
    paid('b', until - 1_000),
    paid('c', until),
    paid('d', from - 1_000),
    paid('e', null),
    paid('f', until, 'side'),
  ]
  const elsewhere = { ...refundOf(charges[5] ?? assert.fail(), 'r1', 'returned'), updatedAt: AT }
  store.commit(charges.flatMap((charge, index) => rowsOf(index + 1, charge)))
  store.commit([
    { put: 'refund', refund: elsewhere },
    { put: 'refund', refund: refundOf(charges[2] ?? assert.fail(), 'r2', 'processing') },
  ])
  assert.deepEqual(
    store.ledger(reader => reader.movedIn(from, until)),
    ['ORDER-a', 'ORDER-b', 'ORDER-e', 'ORDER-f'],
  )
  assert.deepEqual(
    store.ledger(reader => reader.sums(from, until)),
    [
      { lane: 'main', payments: 3, taken: 3_750, refunds: 0, refunded: 0 },
      { lane: 'side', payments: 0, taken: 0, refunds: 1, refunded: 50 },
    ],
  )
})
