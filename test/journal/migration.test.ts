import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { APPLICATION_ID, applicationId, migrate, refuseNewer, schemaVersion } from '../../device/journal/schema.ts'

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
