import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { toFen } from '../../core/money.ts'
import { APPLICATION_ID, applicationId, MIGRATIONS, migrate, refuseNewer, schemaVersion } from '../../device/journal/schema.ts'
import { chargeOf, folderOf, refundOf, storeOf } from './sample.ts'

const FIRST = 'CREATE TABLE charges (id TEXT PRIMARY KEY) STRICT'
const SECOND = `ALTER TABLE charges ADD COLUMN note TEXT NOT NULL DEFAULT 'none'`
const THIRD = `UPDATE charges SET note = id || ' was here'`

function databaseOf(t: TestContext): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  t.after(() => db.close())
  return db
}

test('a journal takes the steps that it has not taken yet, and keeps what it holds', t => {
  const db = databaseOf(t)
  migrate(db, [FIRST])
  assert.equal(schemaVersion(db), 1)
  assert.equal(applicationId(db), APPLICATION_ID)
  db.exec(`INSERT INTO charges VALUES ('c1')`)

  migrate(db, [FIRST, SECOND, THIRD])
  assert.equal(schemaVersion(db), 3)
  assert.deepEqual({ ...db.prepare('SELECT * FROM charges').get() }, { id: 'c1', note: 'c1 was here' })
})

test('a journal of this release takes no step', t => {
  const db = databaseOf(t)
  migrate(db, [FIRST])
  migrate(db, ['a step that was taken is not looked at'])
  assert.equal(schemaVersion(db), 1)
})

test('a step that fails leaves the journal at the version it had', t => {
  const db = databaseOf(t)
  migrate(db, [FIRST])
  db.exec('BEGIN')
  assert.throws(() => migrate(db, [FIRST, SECOND, 'UPDATE nothing SET x = 1']))
  db.exec('ROLLBACK')
  assert.equal(schemaVersion(db), 1)
  assert.equal(db.prepare('SELECT name FROM pragma_table_info(?)').all('charges').length, 1)
})

test('a version that this release does not know is refused', t => {
  const db = databaseOf(t)
  migrate(db, [FIRST, SECOND])
  refuseNewer(db, [FIRST, SECOND])
  assert.throws(() => refuseNewer(db, [FIRST]), { name: 'JournalError', code: 'journal_newer_schema' })
})

test('a journal from before there were refunds keeps its charges, and takes refunds of them', t => {
  const path = join(folderOf(t), 'journal.db')
  const charge = chargeOf({ state: 'paid', paid: { transactionId: '4200001' } })
  const db = new DatabaseSync(path)
  migrate(db, MIGRATIONS.slice(0, 1))
  db.prepare(
    `INSERT INTO charges (lane, charge_id, state, final_no, amount, out_trade_no, transaction_id, created_at, updated_at, body)
     VALUES ('main', 'c1', 'paid', 1, ?, ?, '4200001', 0, 0, ?)`,
  ).run(charge.sale.amount, charge.outTradeNo, JSON.stringify(charge))
  db.close()

  const later = storeOf(t, path)
  assert.deepEqual(later.find({ by: 'charge_id', lane: 'main', id: 'c1' }), { charge, refunds: [] })
  const refund = refundOf(charge, 'r1', 'accepted')
  const refunds = { count: 1, returned: toFen(0), reserved: refund.amount }
  later.commit([
    { put: 'charge', charge: { ...charge, refunds } },
    { put: 'refund', refund },
  ])
  assert.deepEqual(later.load().lanes.get('main')?.refunds, [{ refund, charge: { ...charge, refunds } }])
})

/** How many steps the releases had taken that did not write down whose an order is. */
const BEFORE_MERCHANTS = 3

test('a journal from before merchants were told apart keeps its charges; a charge whose merchant is known never gets another', t => {
  const path = join(folderOf(t), 'journal.db')
  const db = new DatabaseSync(path)
  migrate(db, MIGRATIONS.slice(0, BEFORE_MERCHANTS))
  const charge = chargeOf()
  db.prepare(
    `INSERT INTO charges (lane, charge_id, state, amount, out_trade_no, created_at, updated_at, body)
     VALUES ('main', 'c1', 'awaiting_scan', ?, ?, 0, 0, ?)`,
  ).run(charge.sale.amount, charge.outTradeNo, JSON.stringify(charge))
  db.close()

  const later = storeOf(t, path)
  assert.deepEqual(later.load().lanes.get('main')?.open, [charge])
  const known = { ...charge, merchant: 'wx|1900000109|' }
  later.commit([{ put: 'charge', charge: known }])
  assert.deepEqual(later.load().lanes.get('main')?.open, [known])
  const other = { ...charge, merchant: 'wx|1900000999|' }
  assert.throws(() => later.commit([{ put: 'charge', charge: other }]), { code: 'journal_conflict' })
})
