import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ClosedJournal } from '../../device/journal/closed.ts'
import { MIGRATIONS } from '../../device/journal/schema.ts'
import { alter, chargeOf, eventOf, folderOf, garble, rowsOf, storeOf } from './sample.ts'

/** The journal of a daemon that does not run. */

/** Every file of a folder, with whose it is and its bytes. */
function filesIn(folder: string) {
  return readdirSync(folder).map(name => {
    const { uid, mode } = statSync(join(folder, name))
    return { name, uid, mode, bytes: readFileSync(join(folder, name), 'base64') }
  })
}

test('everything that people read is there, and the files stay as they are', async t => {
  const path = join(folderOf(t), 'a journal?#%é.db')
  const store = storeOf(t, path)
  const [charge, other] = [chargeOf(), chargeOf({ lane: 'side', chargeId: 'c2' })]
  store.commit(rowsOf(1, charge))
  store.commit([
    { put: 'charge', charge: other },
    { put: 'event', lane: 'side', event: eventOf(1, other) },
  ])
  const query = { order: 'oldest_first', limit: 10 } as const
  const [list, history] = [store.list(query), store.history('main', 'c1')]
  const ledger = store.ledger(reader => [reader.knownOf(['ORDER0001']), reader.ordersOf(['ORDER0001']), reader.beginsAt()])
  store.close()
  const before = filesIn(dirname(path))
  const closed = new ClosedJournal(path)
  assert.deepEqual(await closed.lanes(), ['main', 'side'])
  assert.deepEqual([await closed.list(query), await closed.history('main', 'c1')], [list, history])
  assert.deepEqual([await closed.knownOf(['ORDER0001']), await closed.ordersOf(['ORDER0001']), await closed.beginsAt()], ledger)
  assert.deepEqual([await closed.movedIn(0, 1), await closed.sums(0, 1)], [[], []])
  assert.deepEqual(filesIn(dirname(path)), before)
})

test('what a daemon that was killed had just written is read too', async t => {
  const [path, copy] = [join(folderOf(t), 'journal.db'), join(folderOf(t), 'journal.db')]
  storeOf(t, path).commit(rowsOf(1, chargeOf()))
  for (const part of ['', '-wal']) writeFileSync(copy + part, readFileSync(path + part))
  assert.deepEqual(await new ClosedJournal(copy).lanes(), ['main'])
  assert.equal(storeOf(t, copy).load().lanes.size, 1)
})

test('between two calls a daemon has it; while it has, that is said', async t => {
  const path = join(folderOf(t), 'journal.db')
  storeOf(t, path).close()
  const closed = new ClosedJournal(path)
  assert.deepEqual(await closed.lanes(), [])
  const daemon = storeOf(t, path)
  await assert.rejects(closed.lanes(), { name: 'JournalError', code: 'journal_locked', message: /a daemon that cannot be asked/ })
  daemon.close()
  assert.deepEqual(await closed.lanes(), [])
})

test('where there is none that is said, and none is made', async t => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'empty.db'), '')
  alter(join(folder, 'begun.db'), 'CREATE TABLE t (a); DROP TABLE t')
  const before = filesIn(folder)
  for (const name of ['journal.db', 'missing/journal.db', 'empty.db', 'begun.db'])
    await assert.rejects(new ClosedJournal(join(folder, name)).lanes(), { name: 'JournalError', code: 'journal_absent' }, name)
  assert.deepEqual(filesIn(folder), before)
})

test('a folder at the path is no journal', async t => {
  const path = join(folderOf(t), 'journal.db')
  mkdirSync(path)
  await assert.rejects(new ClosedJournal(path).lanes(), { name: 'JournalError', code: 'journal_path' })
})

const damages: readonly [string, (path: string) => void][] = [
  ['a text', path => writeFileSync(path, '{"not":"a database"}\n'.repeat(400))],
  ['a few bytes', path => writeFileSync(path, 'x')],
  ['the head of a journal', path => writeFileSync(path, readFileSync(path).subarray(0, 1_000))],
  ['the journal of which a table is gone', path => alter(path, 'DROP TABLE outbox')],
  ['the database of another program', path => alter(path, 'PRAGMA application_id = 1')],
  ['a journal with a charge that is not what it was', path => garble(path, '"chargeId":"c1"', '"chargeId":"c2"')],
]

for (const [what, damage] of damages) {
  test(`${what} is said to be damaged and left as it is, for a daemon to find`, async t => {
    const path = join(folderOf(t), 'journal.db')
    const store = storeOf(t, path)
    store.commit(rowsOf(1, chargeOf()))
    store.close()
    damage(path)
    const before = filesIn(dirname(path))
    const refusal = { name: 'JournalError', code: 'journal_damaged', message: /was left as it is: / }
    await assert.rejects(new ClosedJournal(path).history('main', 'c1'), refusal)
    assert.deepEqual(filesIn(dirname(path)), before)
  })
}

for (const [whose, version, code] of [
  ['an older release', MIGRATIONS.length - 1, 'journal_older_schema'],
  ['a newer release', MIGRATIONS.length + 1, 'journal_newer_schema'],
] as const) {
  test(`the journal of ${whose} is neither read nor brought to this one's schema`, async t => {
    const path = join(folderOf(t), 'journal.db')
    storeOf(t, path).close()
    alter(path, `PRAGMA user_version = ${version}`)
    const before = filesIn(dirname(path))
    await assert.rejects(new ClosedJournal(path).lanes(), { name: 'JournalError', code, message: /schema version/ })
    assert.deepEqual(filesIn(dirname(path)), before)
  })
}
