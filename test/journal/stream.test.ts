import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { MIGRATIONS, migrate } from '../../device/journal/schema.ts'
import { Store } from '../../device/journal/store.ts'
import { AT, chargeOf, eventOf, folderOf, STREAM, storeOf, TELLER } from './sample.ts'

const CHARGE = chargeOf()

/** Events of one lane, one after the other, as the stream of that name. */
function events(stream: string, ...seqs: readonly number[]) {
  return seqs.map(seq => ({ put: 'event', lane: 'main', event: { ...eventOf(seq, CHARGE), stream } }) as const)
}

test('a new stream counts anew; events before it are history, and none of them is sent any more', t => {
  const store = storeOf(t)
  store.commit([{ put: 'charge', charge: CHARGE }, ...events(STREAM, 1, 2, 3)])
  store.delivered('main', 1)
  store.commit([{ put: 'stream', stream: 'second0000000000' }, ...events('second0000000000', 1)])
  const { stream, lanes } = store.load()
  assert.deepEqual([stream, lanes.get('main')?.seq], ['second0000000000', 1])
  const told = store.events('main', 0, 10, 100_000)
  assert.deepEqual([told.events.map(({ stream, seq }) => `${stream} ${seq}`), told.oldestSeq], [['second0000000000 1'], 1])
  assert.deepEqual(
    store.outbox('main', 10).map(({ stream, seq }) => `${stream} ${seq}`),
    ['second0000000000 1'],
  )
  store.delivered('main', 1)
  assert.deepEqual(store.outbox('main', 10), [])
  const history = store.history('main', 'c1')?.events.map(({ stream, seq }) => `${stream} ${seq}`)
  assert.deepEqual(history, [...[1, 2, 3].map(seq => `${STREAM} ${seq}`), 'second0000000000 1'])
})

test('a new stream, and all that begins with it, is there after the journal is opened again, or none of it', t => {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  store.commit([{ put: 'charge', charge: CHARGE }, ...events(STREAM, 1)])
  assert.throws(() =>
    store.commit([
      { put: 'stream', stream: 'second0000000000' },
      { put: 'event', lane: 'main', event: {} as never },
    ]),
  )
  assert.deepEqual([store.load().stream, store.load().lanes.get('main')?.seq, store.outbox('main', 10).length], [STREAM, 1, 1])
  store.commit([{ put: 'stream', stream: 'second0000000000' }])
  store.close()
  const again = new Store({ path, stream: 'third00000000000', at: AT, teller: TELLER })
  t.after(() => again.close())
  const { stream, fresh, lanes } = again.load()
  assert.deepEqual([stream, fresh, lanes.get('main')?.seq], ['second0000000000', 'third00000000000', 0])
})

test('the journal knows the board that it is at home on, and what is no board it does not take for one', t => {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  assert.equal(store.load().board, null)
  store.commit([{ put: 'board', board: { soc: '1000', mac: 'a' } }])
  store.commit([{ put: 'board', board: { soc: '2000' } }])
  assert.deepEqual(store.load().board, { soc: '2000' })
  store.close()
  const db = new DatabaseSync(path)
  db.exec(`UPDATE meta SET value = '["no board"' WHERE name = 'board'`)
  db.close()
  assert.equal(storeOf(t, path).load().board, null)
})

/** How many steps the releases had taken that had one stream for ever. */
const BEFORE_STREAMS = MIGRATIONS.findIndex(step => step.includes('CREATE TABLE streams'))

test('a journal from before streams were counted keeps its stream, its events and what is to be sent', t => {
  const path = join(folderOf(t), 'journal.db')
  const db = new DatabaseSync(path)
  migrate(db, MIGRATIONS.slice(0, BEFORE_STREAMS))
  db.prepare(`INSERT INTO meta (name, value) VALUES ('stream', ?)`).run(STREAM)
  for (const seq of [1, 2]) {
    db.prepare('INSERT INTO events (lane, seq, content) VALUES (?, ?, ?)').run('main', seq, JSON.stringify(eventOf(seq, CHARGE)))
  }
  db.exec(`INSERT INTO outbox (lane, seq) VALUES ('main', 2)`)
  db.close()
  const store = new Store({ path, stream: 'another000000000', at: AT, teller: TELLER })
  t.after(() => store.close())
  assert.deepEqual([store.load().stream, store.load().lanes.get('main')?.seq], [STREAM, 2])
  assert.deepEqual(store.outbox('main', 10), [eventOf(2, CHARGE)])
  assert.deepEqual(store.events('main', 0, 10, 100_000).events, [eventOf(1, CHARGE), eventOf(2, CHARGE)])
  store.commit(events(STREAM, 3))
  assert.equal(store.load().lanes.get('main')?.seq, 3)
})
