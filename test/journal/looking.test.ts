import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { toOutTradeNo } from '../../core/order.ts'
import type { Store } from '../../device/journal/store.ts'
import { AT, alter, attemptOf, chargeOf, folderOf, garble, storeOf } from './sample.ts'

/** Four order numbers that are to be looked at, one after the other; then the disk gives something else back. */
function damaged(t: TestContext, damage: (path: string) => void): { store: Store; path: string } {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  for (const [index, chargeId] of ['a1', 'b2', 'c3', 'd4'].entries()) {
    const charge = chargeOf({ chargeId, outTradeNo: toOutTradeNo(`ORDER-${chargeId}`), state: 'declined', sent: true })
    const { outTradeNo } = charge
    store.commit([
      { put: 'charge', charge },
      { put: 'attempt', attempt: attemptOf(charge, { end: 'unpaid' }) },
      { put: 'look', look: { outTradeNo, merchant: 'm', made: 0, dueAt: AT + index, sure: true } },
    ])
  }
  store.close()
  damage(path)
  return { store: storeOf(t, path), path }
}

const NOW = { merchant: 'm', now: AT + 1_000, farthestMs: 1e12 }
const LEFT_OUT = { of: 'look_left_out', outTradeNo: 'ORDER-a1', dueAt: AT }

for (const [what, damage] of [
  ['charge', (path: string) => garble(path, '"chargeId":"a1"', '"chargeId":"ax"')],
  ['order number', (path: string) => alter(path, `UPDATE attempts SET ended = NULL WHERE out_trade_no = 'ORDER-a1'`)],
] as const) {
  test(`a look whose ${what} is damaged is left out, and said once; the next one comes in its turn`, t => {
    const { store, path } = damaged(t, damage)
    for (let times = 0; times < 2; times += 1) assert.equal(store.nextLook(NOW).look?.outTradeNo, 'ORDER-b2')
    assert.deepEqual(store.takeNotices(), [LEFT_OUT])
    store.commit(['b2', 'c3'].map(id => ({ put: 'looked', outTradeNo: toOutTradeNo(`ORDER-${id}`) })))
    assert.equal(store.nextLook(NOW).look?.outTradeNo, 'ORDER-d4')
    assert.deepEqual(
      store.nextLook({ ...NOW, now: AT + 1 }),
      { look: null, dueAt: AT + 3 },
      'nobody wakes up for what is left out',
    )
    assert.deepEqual(store.takeNotices(), [])
    store.close()
    const again = storeOf(t, path)
    again.nextLook(NOW)
    assert.deepEqual(again.takeNotices(), [LEFT_OUT], 'with the next start it is said again')
  })
}

test('where nothing else is to be looked at nobody wakes up', t => {
  const { store } = damaged(t, path => alter(path, `UPDATE charges SET body = '{}'`))
  assert.deepEqual(store.nextLook(NOW), { look: null, dueAt: null })
  assert.equal(store.takeNotices().length, 4)
})

test('a look that seems to be due too late is left out as well', t => {
  const { store } = damaged(t, path => alter(path, `UPDATE charges SET body = '{}' WHERE charge_id = 'a1'`))
  assert.equal(store.nextLook({ merchant: 'm', now: AT - 1_000, farthestMs: 0 }).look?.outTradeNo, 'ORDER-b2')
})
