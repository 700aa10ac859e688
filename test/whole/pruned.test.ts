import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openJournal } from '../../device/journal/journal.ts'
import { TELLER } from '../journal/sample.ts'
import { Rig } from './rig.ts'

test('a charge id whose rows were pruned charges nothing again, and events say where they begin', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  for (const [charge_id, amount] of [
    ['sale-1', 1_234],
    ['sale-2', 500],
  ] as const) {
    await till.charge({ charge_id, amount })
    await rig.scan('li')
    await till.untilCharge(charge_id, ({ state }) => state === 'paid')
  }
  await rig.box?.stop()
  const journal = await openJournal({ path: join(rig.folder, 'journal.db'), onLost: assert.fail, teller: TELLER })
  const { events } = await journal.events('main', 3, 1, 10_000)
  assert.equal(await journal.prune('main', Date.parse(events[0]?.at ?? ''), 1_000), 3)
  await journal.close()

  await rig.startBox().ready()
  const refused = []
  for (const [verb, fields] of [
    ['charge', { charge_id: 'sale-1', amount: 1_234 }],
    ['charge', { charge_id: 'sale-1', amount: 500 }],
    ['cancel', { charge_id: 'sale-1' }],
    ['lookup', { charge_id: 'sale-1' }],
  ] as const) {
    const answer = await till.command(verb, fields)
    refused.push(answer.ok ? 'ok' : answer.error?.code)
  }
  assert.deepEqual(refused, ['already_final', 'already_final', 'already_final', 'unknown_charge'])
  const { oldest_seq, events: kept } = (await till.command('events', { after_seq: 0 })).body
  assert.deepEqual([oldest_seq, (kept as { seq: number }[])[0]?.seq], [4, 4])
  assert.equal(rig.engine.ledger.total().debitedFen, 1_734)
  await till.charge({ charge_id: 'sale-3', amount: 100 })
})
