import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { MessageChannel, type Worker } from 'node:worker_threads'
import type { Journal, Row } from '../../core/ports.ts'
import type { JournalError } from '../../device/journal/error.ts'
import { openJournal } from '../../device/journal/journal.ts'
import { attemptOf, chargeOf, eventOf, folderOf, rowsOf, STREAM, TELLER } from './sample.ts'

async function journalOf(t: TestContext, path = join(folderOf(t), 'journal.db')): Promise<Journal> {
  const journal = await openJournal({ path, onLost: assert.ifError, teller: TELLER })
  t.after(() => journal.close())
  return journal
}

/** A commit that keeps the disk busy for a while. */
function manyRows(): Row[] {
  return Array.from({ length: 3_000 }, (_, index) => ({ put: 'event', lane: 'main', event: eventOf(index + 1, chargeOf()) }))
}

for (const [damage, sql] of [
  ['a row that does not tell what its columns tell', `UPDATE charges SET body = replace(body, '1250', '9250')`],
  ['a table that is gone', 'DROP TABLE outbox'],
  ['its table of streams gone', 'DROP TABLE streams'],
  ['an index that is gone', 'DROP INDEX attempts_open'],
  ['a schema version that is lower than that of its tables', 'PRAGMA user_version = 7'],
  ['no schema version', 'PRAGMA user_version = 0'],
  ['a number that is too large to be one', 'UPDATE charges SET amount = 1 << 60'],
] as const) {
  test(`a journal with ${damage} is set aside with all that is in it, and a new stream begins`, async t => {
    const folder = folderOf(t)
    const path = join(folder, 'journal.db')
    const before = await journalOf(t, path)
    await before.commit(rowsOf(1, chargeOf()))
    const { stream } = await before.load()
    await before.close()
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()

    const record = await (await journalOf(t, path)).load()
    assert.deepEqual([record.warnings, record.lanes.size, record.stream === stream], [['journal_set_aside'], 0, false])
    const [kept] = readdirSync(folder).filter(name => /set-aside-[^-]+-[^-]+-[^-]+Z$/.test(name))
    const aside = new DatabaseSync(join(folder, kept ?? assert.fail()))
    t.after(() => aside.close())
    assert.equal(aside.prepare('SELECT count(*) AS held FROM events').get()?.['held'], 1)
  })
}

test('the thread keeps what it is given, and every call of the port answers', async t => {
  const path = join(folderOf(t), 'journal.db')
  const first = await journalOf(t, path)
  const charge = chargeOf({ state: 'paid', paid: { transactionId: '4200001' } })
  await first.commit([{ put: 'stream', stream: STREAM }, ...rowsOf(1, charge)])
  assert.deepEqual(await first.find({ by: 'transaction_id', lane: 'main', id: '4200001' }), { charge, refunds: [] })
  assert.deepEqual(await first.find({ by: 'charge_id', lane: 'main', id: 'c2' }), null)
  assert.deepEqual(await first.events('main', 0, 10, 65_536), { events: [eventOf(1, charge)], oldestSeq: 1, more: false })
  assert.deepEqual(await first.outbox('main', 10), [eventOf(1, charge)])
  await first.delivered('main', 1)
  assert.deepEqual(await first.outbox('main', 10), [])
  const { stream } = await first.load()
  await first.close()

  const record = await (await journalOf(t, path)).load()
  assert.equal(record.stream, stream)
  assert.deepEqual(record.lanes.get('main'), { seq: 1, last: charge, open: [charge], attempts: [attemptOf(charge)], refunds: [] })
})

test('two journals have two streams, each 16 of a-z 0-9', async t => {
  const streams = await Promise.all([1, 2].map(async () => (await (await journalOf(t)).load()).stream))
  assert.notEqual(streams[0], streams[1])
  for (const stream of streams) assert.match(stream, /^[a-z0-9]{16}$/)
})

test('a damaged journal is set aside under the time of day, and the warning comes with the load', async t => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'journal.db'), Buffer.alloc(8_192))
  const journal = await journalOf(t, join(folder, 'journal.db'))
  assert.deepEqual((await journal.load()).warnings, ['journal_set_aside'])
  const aside = readdirSync(folder).filter(name => /^journal\.db\.set-aside-\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z$/.test(name))
  assert.equal(aside.length, 1)
})

test('an error keeps its type on its way out of the thread, and the next call works', async t => {
  const journal = await journalOf(t)
  const [charge] = rowsOf(1, chargeOf())
  assert.ok(charge)
  const bad: Row = { put: 'attempt', attempt: attemptOf(chargeOf({ chargeId: 'nobody' })) }
  await assert.rejects(journal.commit([charge, bad]), { name: 'JournalError', code: 'journal_conflict' })
  await assert.rejects(journal.commit([{ put: 'charge', charge: { ...chargeOf(), sale: (() => 1) as never } }]), {
    code: 'journal_row',
  })
  assert.equal((await journal.load()).lanes.size, 0)
  await journal.commit([charge])
})

test('a journal that cannot be opened is a typed error, and leaves no thread behind', async t => {
  const path = folderOf(t) // a folder is no journal
  const started = new Promise<Worker>(resolve => process.once('worker', resolve))
  await assert.rejects(openJournal({ path, onLost: assert.ifError, teller: TELLER }), {
    name: 'JournalError',
    code: 'journal_path',
  })
  assert.equal((await started).threadId, -1)
})

test('calls are carried out in the order in which they were made, and closing comes last', async t => {
  const journal = await journalOf(t)
  const order: string[] = []
  const calls = [
    journal.commit(manyRows()).then(() => order.push('commit')),
    journal.load().then(record => order.push(`load ${record.lanes.get('main')?.seq}`)),
    journal.delivered('main', 1).then(() => order.push('delivered')),
    journal.close().then(() => order.push('close')),
  ]
  await Promise.all(calls)
  assert.deepEqual(order, ['commit', 'load 3000', 'delivered', 'close'])
})

test('the event loop turns while a commit waits for the disk', async t => {
  const journal = await journalOf(t)
  const order: string[] = []
  const commit = journal.commit(manyRows()).then(() => order.push('commit'))
  const { port1, port2 } = new MessageChannel()
  port2.on('message', message => port2.postMessage(message))
  for (let round = 0; round < 3; round += 1) {
    port1.postMessage(round)
    await new Promise(resolve => port1.once('message', resolve))
    order.push('round trip')
  }
  port1.close()
  await commit
  assert.deepEqual(order, ['round trip', 'round trip', 'round trip', 'commit'])
})

test('a closed journal has no thread any more, rejects every call, and closing it again does nothing', async t => {
  const started = new Promise<Worker>(resolve => process.once('worker', resolve))
  const journal = await journalOf(t)
  await journal.close()
  assert.equal((await started).threadId, -1)
  await journal.close()
  await assert.rejects(journal.load(), { name: 'JournalError', code: 'journal_closed' })
  await assert.rejects(journal.commit([]), { code: 'journal_closed' })
})

test('a thread that ends on its own rejects what waits and what comes, and is reported once', async t => {
  const lost: JournalError[] = []
  const started = new Promise<Worker>(resolve => process.once('worker', resolve))
  const journal = await openJournal({ path: join(folderOf(t), 'journal.db'), onLost: error => lost.push(error), teller: TELLER })
  const worker = await started
  const waiting = [journal.commit(manyRows()), journal.load(), journal.outbox('main', 1)]
  const all = Promise.allSettled(waiting)
  await worker.terminate()
  for (const result of await all) {
    assert.equal(result.status, 'rejected')
    assert.equal(result.reason.code, 'journal_lost')
  }
  await assert.rejects(journal.load(), { name: 'JournalError', code: 'journal_lost' })
  await journal.close()
  assert.deepEqual(
    lost.map(error => error.code),
    ['journal_lost'],
  )
})

test('a disk that hangs is not asked without end: beyond its bound a call is refused at once, and the ones before are kept', async t => {
  const journal = await journalOf(t)
  const settled = await Promise.allSettled(
    Array.from({ length: 1_025 }, () => journal.find({ by: 'charge_id', lane: 'main', id: 'c1' })),
  )
  const refused = settled.flatMap((result, index) => (result.status === 'rejected' ? [[index, result.reason.code]] : []))
  assert.deepEqual(refused, [[1_024, 'journal_overloaded']])
  assert.equal(await journal.find({ by: 'charge_id', lane: 'main', id: 'c1' }), null)
})
