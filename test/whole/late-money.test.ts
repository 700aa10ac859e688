import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { CommandProcess } from '../commands/command.ts'
import { alter, garble } from '../journal/sample.ts'
import type { Till } from '../till.ts'
import { Rig } from './rig.ts'

const AMOUNT = 60_000

/** A customer whose password box nobody answers, and an order that WeChat Pay has closed before anybody reversed it. */
async function closed(
  t: TestContext,
  looks: readonly number[],
  undo: 'reverse' | 'none' = 'reverse',
): Promise<{ rig: Rig; till: Till; number: string }> {
  const timing = { poll_every_s: 0.1, poll_for_s: 5, answer_within_s: 1, look_again_after_s: looks }
  const rig = await Rig.start(t, { timing, emulator: { unpaidLifeMs: 500 } })
  rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour: { kind: 'dawdles' } })
  rig.configureMerchant({ undo })
  const till = await rig.till(t)
  await rig.startBox().ready()
  return { rig, till, number: await close(rig, till, 'A') }
}

/** Resolves with the order number. */
async function close(rig: Rig, till: Till, chargeId: string): Promise<string> {
  await till.charge({ charge_id: chargeId, amount: AMOUNT, attempts: 1 })
  await till.untilCharge(chargeId, ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  const { out_trade_no: number } = await till.untilCharge(chargeId, ({ state }) => state === 'declined')
  await rig.until('the order is not undone any more', () => till.state?.['undoing'] === 0)
  return number
}

test('a charge that the disk gives back as something else keeps no other order from its look, and is said loudly', async t => {
  const { rig, till, number: damaged } = await closed(t, [600])
  const number = await close(rig, till, 'B')
  assert.equal(await rig.box?.stop(), 0)
  const path = join(rig.folder, 'journal.db')
  garble(path, '"chargeId":"A"', '"chargeId":"X"')
  alter(path, `UPDATE looks SET due_at = iif(out_trade_no = '${damaged}', 1, 2)`)
  assert.ok(rig.engine.lateDebit(number))
  const box = rig.startBox()
  await rig.until('the money is back', () => told(till).at(-1)?.returned === true, 30_000)
  assert.deepEqual([told(till).at(-1)?.charge.charge_id, rig.engine.ledger.netFen(number)], ['B', 0])
  await rig.until('the warning is told', () => Object(till.status).warnings.includes('journal_unreadable'))
  assert.match(box.output, new RegExp(`journal_unreadable: .*"not_looked_at":"${damaged}"|"${damaged}".*journal_unreadable: `))
})

function told(till: Till) {
  return till.events.flatMap(({ late_payment: late, charge }) => (late === undefined ? [] : [{ ...late, charge }]))
}

test('money that comes after the end is found, given back and told twice, across a power cut at each step', async t => {
  const { rig, till, number } = await closed(t, [1, 2, 3, 600])
  await rig.box?.kill()
  assert.ok(rig.engine.lateDebit(number))
  const match = { path: '/secapi/pay/reverse', outTradeNo: number }
  rig.wire.faults.add({ match, fault: { kind: 'bad_gateway' }, times: 1_000 }) // so that the power goes before it is back
  rig.startBox()
  await rig.until('the money is told', () => told(till).length === 1, 20_000)
  await rig.box?.kill()
  rig.wire.faults.clear()
  const second = rig.startBox()
  await rig.until('it is told to be back', () => told(till).length === 2, 30_000)
  assert.equal(rig.engine.ledger.netFen(number), 0)
  assert.deepEqual(
    told(till).map(({ out_trade_no, amount, returned, charge }) => [out_trade_no, amount, returned, charge.state]),
    [
      [number, AMOUNT, false, 'declined'],
      [number, AMOUNT, true, 'declined'],
    ],
  )
  const [came, back] = told(till)
  assert.equal(back?.transaction_id, came?.transaction_id)
  assert.match(back?.returned_at ?? '', /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(till.complaints, [])
  assert.ok(second.output.includes('late payment returned'))
})

test('the log says loudly that money came late', async t => {
  const { rig, till, number } = await closed(t, [1])
  assert.ok(rig.engine.lateDebit(number))
  await rig.until('it is told to be back', () => told(till).length === 2, 20_000)
  const line = rig.box?.output.split('\n').find(text => text.includes('late payment: money came'))
  assert.equal((JSON.parse(line ?? '{}') as { level?: unknown }).level, 'error', line)
})

test('late money that the box cannot give back is a person’s, who says with `journal settle` that it is', async t => {
  const { rig, till, number } = await closed(t, [1], 'none')
  assert.ok(rig.engine.lateDebit(number))
  await rig.until(
    'a person is asked',
    () => JSON.stringify(till.state?.['needs_person'] ?? '').includes('pay_back_by_hand'),
    20_000,
  )
  await rig.until('the money is told', () => told(till).length === 1)
  assert.equal(told(till)[0]?.returned, false)
  const settle = async (as: string) => {
    const command = new CommandProcess(t, ['journal', 'settle', 'A', '--as', as, '--config', rig.configFile])
    return { code: await command.ended(), errors: command.errors }
  }
  const refused = await settle('not_paid')
  assert.equal(refused.code, 1)
  assert.match(refused.errors, /of its late money it can be said only that it was given back by hand \(as returned\)/)
  assert.equal((await settle('returned')).code, 0)
  await rig.until('it is told to be back', () => told(till).length === 2, 20_000)
  assert.deepEqual([told(till)[1]?.returned, told(till)[1]?.charge.state], [true, 'declined'])
  await rig.until('nobody is asked any more', () => till.state?.['needs_person'] === undefined)
})
