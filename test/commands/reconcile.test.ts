import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { dayOf, daysAfter } from '../../core/bill/day.ts'
import { garble, storeOf } from '../journal/sample.ts'
import { Rig } from '../whole/rig.ts'
import { CommandProcess } from './command.ts'

const DAYS_AGO = 2
const BEFORE_MS = -DAYS_AGO * 86_400_000

async function run(t: TestContext, rig: Rig, ...words: string[]) {
  const command = new CommandProcess(t, [...words, '--config', rig.configFile])
  return { code: await command.ended(), output: command.output, errors: command.errors }
}

/** Two days ago the box sold twice and gave a part back; another box of the merchant sold too. */
async function soldTwoDaysAgo(t: TestContext) {
  const rig = await Rig.start(t)
  rig.configure({ register: { url: rig.broker.url, refunds: true } })
  rig.booksAhead.ms = BEFORE_MS
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  for (const [charge_id, amount] of [
    ['sale-1', 1_234],
    ['sale-2', 500],
  ] as const) {
    await till.charge({ charge_id, amount, description: 'tea, green' })
    await rig.scan('li')
    await till.untilCharge(charge_id, ({ state }) => state === 'paid')
  }
  await till.command('refund', { refund_id: 'r1', charge_id: 'sale-1', amount: 234 })
  await till.untilRefund('r1', 'returned')
  sellElsewhere(rig, 777)
  rig.booksAhead.ms = 0
  const day = daysAfter(dayOf(Date.now()), -DAYS_AGO)
  return { rig, till, day }
}

/** A daemon has run, and sold nothing. */
async function withJournal(t: TestContext): Promise<Rig> {
  const rig = await Rig.start(t)
  storeOf(t, join(rig.folder, 'journal.db')).close()
  return rig
}

/** Another box of the merchant sells, with the same account. */
function sellElsewhere(rig: Rig, amount: number): void {
  const fields = { appid: 'wx0123456789abcdef', mch_id: '1900000109', body: 'x', out_trade_no: `ELSEWHERE-${amount}` }
  const sale = { ...fields, total_fee: String(amount), spbill_create_ip: '127.0.0.1', auth_code: rig.engine.issueCode('li') }
  rig.engine.call('/pay/micropay', new Map(Object.entries(sale)), { certificate: false })
}

test('a day that agrees exits with 0 and gives the sums, through the daemon and out of the journal itself', async t => {
  const { rig, day } = await soldTwoDaysAgo(t)
  const live = await run(t, rig, 'reconcile', '--date', day, '--json')
  assert.equal(live.code, 0, live.errors + live.output)
  const told = JSON.parse(live.output)
  assert.deepEqual([told.agrees, told.differences], [true, []])
  assert.deepEqual(told.lanes.main, { payments: 2, taken: 1_734, refunded: 234, fees: 9, net: 1_491 })
  assert.deepEqual([told.others.payments, told.others.taken], [1, 777])
  const text = await run(t, rig, 'reconcile', '--date', day)
  assert.match(text.output, /all agree\n/)
  assert.match(text.output, /^the journal begins only on that day, or after it: /m)
  assert.match(text.output, /^main +2 +17\.34 +2\.34 +0\.09 +14\.91$/m)
  await rig.box?.kill()
  assert.deepEqual(await run(t, rig, 'reconcile', '--date', day, '--json'), live)
})

test('a payment that registers were never told of exits with 1, and is named', async t => {
  const { rig, day } = await soldTwoDaysAgo(t)
  await rig.box?.kill()
  const journal = new DatabaseSync(join(rig.folder, 'journal.db'))
  journal.exec('DELETE FROM outbox') // whatever the broker was just about to acknowledge
  journal.exec(
    `INSERT INTO outbox (lane, era, seq) SELECT lane, era, seq FROM events WHERE content ->> '$.charge.charge_id' = 'sale-2' AND content ->> '$.charge.state' = 'paid'`,
  )
  journal.close()
  const told = await run(t, rig, 'reconcile', '--date', day)
  assert.equal(told.code, 1, told.errors)
  assert.match(
    told.output,
    /1 difference\n\npaid_not_told: the bill has a payment .*\n {2}main sale-2 \S{32}: bill 5\.00, journal 0\.00 paid, told submitting\n {4}where/,
  )
})

test('a payment whose charge the journal cannot read any more is a difference, and all others are compared', async t => {
  const { rig, day } = await soldTwoDaysAgo(t)
  assert.equal(await rig.box?.stop(), 0)
  garble(join(rig.folder, 'journal.db'), '"chargeId":"sale-2"', '"chargeId":"sale-9"')
  const told = await run(t, rig, 'reconcile', '--date', day)
  assert.equal(told.code, 1, told.errors)
  assert.match(
    told.output,
    /1 difference\n\nunreadable: .*\n {2}main sale-2 \S{32}: bill 5\.00, journal 0\.00 not readable, told nothing\n/,
  )
  assert.match(told.output, /^main +2 +17\.34 +2\.34 /m)
})

test('what the bill does not have is a difference, even where there is no bill at all', async t => {
  const { rig, day } = await soldTwoDaysAgo(t)
  rig.engine.merchant(new Map([['mch_id', '1900000109']]))?.orders.clear()
  const told = await run(t, rig, 'reconcile', '--date', day, '--json')
  assert.equal(told.code, 1, told.errors)
  const kinds = JSON.parse(told.output).differences.map(({ kind, charge_id }: Record<string, string>) => [kind, charge_id])
  assert.deepEqual(kinds.sort(), [
    ['told_not_billed', 'sale-1'],
    ['told_not_billed', 'sale-2'],
  ])
})

/** Whoever asks for a bill waits for it as long as it is held. */
function holdBills({ wire }: Rig) {
  const handle = wire.handle.bind(wire)
  const bills = { asked: 0, held: true }
  wire.handle = request => {
    if (request.path !== '/pay/downloadbill' || !bills.held) return handle(request)
    bills.asked += 1
    return { kind: 'later', afterMs: 20, resume: () => wire.handle(request) }
  }
  return bills
}

test('whoever waits for a bill keeps no daemon from starting, and hears from that one once the bill has come', async t => {
  const { rig, day } = await soldTwoDaysAgo(t)
  const live = await run(t, rig, 'reconcile', '--date', day)
  assert.equal(await rig.box?.stop(), 0)
  const bills = holdBills(rig)
  const told = run(t, rig, 'reconcile', '--date', day)
  await rig.until('the bill is asked for', () => bills.asked > 0)
  await rig.startBox().ready()
  await rig.until('the daemon can be asked', () => existsSync(join(rig.folder, 'journal.db.sock')))
  bills.held = false
  assert.deepEqual(await told, live)
})

test('a bill that is not there yet, and a host that is away, exit with 75; a key that is wrong with 69', async t => {
  const rig = await withJournal(t)
  const today = await run(t, rig, 'reconcile', '--date', dayOf(Date.now()))
  assert.deepEqual([today.code, today.output], [75, ''])
  assert.match(today.errors, /there from 10:00 of the next day, Beijing time \(not_yet\)/)
  const day = daysAfter(dayOf(Date.now()), -DAYS_AGO)
  await rig.gatewayGone()
  const away = await run(t, rig, 'reconcile', '--date', day)
  assert.equal(away.code, 75)
  assert.match(away.errors, /cannot be reached \(refused\) \(not_sent\)/)
  await rig.gatewayBack()
  rig.configureMerchant({ sign_type: 'MD5', mch_id: '1900000999' })
  const refused = await run(t, rig, 'reconcile', '--date', day)
  assert.equal(refused.code, 69, refused.errors)
  assert.match(refused.errors, /WeChat Pay gives no bill: .* \(failed\)/)
})

test('a clock that is wrong compares nothing', async t => {
  const rig = await withJournal(t)
  rig.ahead.ms = 600_000
  const told = await run(t, rig, 'reconcile', '--date', daysAfter(dayOf(Date.now()), -DAYS_AGO))
  assert.equal(told.code, 69)
  assert.match(told.errors, /clock is more than five minutes off/)
})

test('totals are by day and lane, with one line for all', async t => {
  const { rig, day } = await soldTwoDaysAgo(t)
  const today = dayOf(Date.now())
  const live = await run(t, rig, 'totals', '--json')
  assert.equal(live.code, 0, live.errors)
  const rows = live.output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const nothing = { payments: 0, taken: 0, refunds: 0, refunded: 0 }
  assert.deepEqual(rows, [
    { day, lane: 'main', ...nothing, payments: 2, taken: 1_734, net: 1_734 },
    { day: today, lane: 'main', ...nothing, refunds: 1, refunded: 234, net: -234 },
  ])
  await rig.box?.kill()
  assert.deepEqual(await run(t, rig, 'totals', '--json'), live)
  const text = await run(t, rig, 'totals', '--from', day, '--to', today)
  assert.match(text.output, /^all +2 +17\.34 +1 +2\.34 +15\.00$/m)
  const none = await run(t, rig, 'totals', '--from', today, '--to', day)
  assert.deepEqual([none.code, none.output], [1, ''])
})

for (const [words, expected] of [
  [['reconcile', '--date', 'yesterday'], /--date: expected a day such as/],
  [['totals', '--from', '2026-02-30'], /--from: expected a day such as/],
  [['totals', '--week'], /--week/],
] as const) {
  test(`${words.join(' ')}: the usage, and exit code 64`, async t => {
    const rig = await Rig.start(t)
    const told = await run(t, rig, ...words)
    assert.equal(told.code, 64)
    assert.match(told.errors, expected)
  })
}
