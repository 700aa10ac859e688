import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ChargeView } from '../../core/contract/message.ts'
import { Rig } from '../whole/rig.ts'
import { CommandProcess } from './command.ts'

/** A box that has sold twice, and asks for the third time. */
async function openShop(t: TestContext) {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  for (const charge_id of ['sale-1', 'sale-2']) {
    await till.charge({ charge_id, amount: charge_id === 'sale-1' ? 1_234 : 500, metadata: { customer: 'Mrs Li' } })
    await rig.scan('li')
    await till.untilCharge(charge_id, ({ state }) => state === 'paid')
  }
  await till.charge({ charge_id: 'sale-3', amount: 900 })
  return { rig, till }
}

async function runJournal(t: TestContext, rig: Rig, ...words: string[]) {
  const command = new CommandProcess(t, ['journal', ...words, '--config', rig.configFile])
  return { code: await command.ended(), output: command.output, errors: command.errors }
}

test('list, show and export tell the same through the daemon and out of the journal itself', async t => {
  const { rig } = await openShop(t)
  const told = async () => ({
    list: await runJournal(t, rig, 'list', '--json', '--limit', '2'),
    show: await runJournal(t, rig, 'show', 'sale-1', '--json'),
    trace: await runJournal(t, rig, 'show', 'sale-1'),
    all: await runJournal(t, rig, 'export'),
    ids: (await runJournal(t, rig, 'list', '--open')).output,
  })
  const live = await told()
  assert.equal(live.list.code, 0, live.list.errors)
  assert.deepEqual(
    charges(live.list.output).map(({ charge_id }) => charge_id),
    ['sale-3', 'sale-2'],
  )
  assert.deepEqual(
    charges(live.all.output).map(({ charge_id }) => charge_id),
    ['sale-1', 'sale-2', 'sale-3'],
  )
  assert.match(live.ids, /^\S+ {2}main {6}sale-3 {26}9\.00 {2}awaiting_scan\n$/)
  const shown = JSON.parse(live.show.output)
  assert.deepEqual([shown.charge.state, shown.attempts.length, shown.events.length], ['paid', 1, 3])
  const TIME = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}'
  const line = (text: string) => new RegExp(`^  ${TIME}[ ?] ${text}$`, 'm')
  assert.match(live.trace.output, /^charge sale-1 · 12\.34 yuan · box counter-1, lane main\npaid\n {2}WeChat Pay's number: \d+\n/)
  for (const text of ['#1  awaiting_scan  attempt 1, order [A-Z2-7]{32}', '#2  submitting', '#3  paid'])
    assert.match(live.trace.output, line(text))
  assert.match(live.trace.output, /^ {2}1 {2}[A-Z2-7]{32} {2}paid$/m)
  for (const { output } of [live.trace, live.show]) assert.doesNotMatch(output, /Mrs Li|emulated-api-key|\b1[0-5]\d{16}\b/)
  await rig.box?.kill()
  const cold = await told()
  assert.deepEqual(cold.list, live.list)
  assert.deepEqual(cold.show, live.show)
  assert.deepEqual(cold.trace, live.trace)
  assert.deepEqual(cold.all, live.all)
})

function charges(lines: string): ChargeView[] {
  return lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as ChargeView)
}

test('only the daemon’s own user can open the console, and it goes with the daemon', async t => {
  const { rig } = await openShop(t)
  const socket = join(rig.folder, 'journal.db.sock')
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  assert.equal(await rig.box?.stop(), 0)
  assert.equal(statSync(socket, { throwIfNoEntry: false }), undefined)
})

test('what a person settles ends, and the register hears it', async t => {
  const { rig, till } = await openShop(t)
  rig.configure({ register: { url: rig.broker.url, refunds: true } }, { not_found_after_s: 60 })
  await rig.box?.stop()
  await rig.startBox().ready()
  const path = '/secapi/pay/refund'
  rig.wire.faults.add({ match: { path }, fault: { kind: 'err_code', errCode: 'NOTENOUGH' }, times: 1_000 })
  await till.command('refund', { refund_id: 'r1', charge_id: 'sale-1', amount: 234 })
  await till.untilRefund('r1', 'needs_person')
  const refused = await runJournal(t, rig, 'settle', 'sale-1', '--as', 'not_paid')
  assert.deepEqual([refused.code, refused.errors], [1, 'tillbridge: the charge has ended (already_final)\n'])
  const settled = await runJournal(t, rig, 'settle', 'r1', '--refund', '--as', 'returned')
  assert.equal(settled.code, 0, settled.errors)
  assert.equal(JSON.parse(settled.output).refund.state, 'returned')
  await till.untilRefund('r1', 'returned')
  assert.equal(till.book.get('sale-1')?.refunded, 234)
})

test('settling asks for the daemon, which tells the registers, and for a lane that there is', async t => {
  const { rig } = await openShop(t)
  const nowhere = await runJournal(t, rig, 'settle', 'sale-1', '--as', 'paid', '--lane', 'attic')
  assert.match(nowhere.errors, /lane: expected a lane of this box \(invalid\)/)
  await rig.box?.kill()
  const alone = await runJournal(t, rig, 'settle', 'sale-1', '--as', 'paid')
  assert.equal(alone.code, 1)
  assert.match(alone.errors, /the daemon has to run for it/)
})

for (const [what, words, expected] of [
  ['no verb', [], /VERB is missing/],
  ['an unknown verb', ['lose'], /VERB: expected list, show, export, settle/],
] as const) {
  test(`${what}: the usage, and exit code 64`, async t => {
    const command = new CommandProcess(t, ['journal', ...words])
    assert.equal(await command.ended(), 64)
    assert.match(command.errors, expected)
  })
}
