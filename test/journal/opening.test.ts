import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { toOutTradeNo } from '../../core/order.ts'
import { isHeldElsewhere } from '../../device/journal/open.ts'
import { openStore } from '../../device/journal/open-store.ts'
import { Store } from '../../device/journal/store.ts'
import { AT, alter, chargeOf, folderOf, rowsOf, STREAM, storeOf, TELLER } from './sample.ts'

const CHILD = new URL('./child/open.ts', import.meta.url).pathname
/** What a journal holds that holds nothing. */
const NEW = { board: null, lanes: new Map(), warnings: [] }

/** Every file of a folder, with its bytes. */
function filesIn(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'base64')]))
}

/** A journal with some pages in it, closed in good order. */
function writtenTo(path: string): Buffer {
  const store = new Store({ path, stream: STREAM, at: AT, teller: TELLER })
  for (let seq = 1; seq <= 60; seq += 1) {
    store.commit([{ put: 'charge', charge: chargeOf() }, ...rowsOf(seq, chargeOf()).filter(row => row.put === 'event')])
  }
  store.close()
  return readFileSync(path)
}

for (const umask of [0o000, 0o022, 0o277]) {
  test(`with umask ${umask.toString(8).padStart(3, '0')} only the box may read its journal and its write-ahead log`, t => {
    const folder = folderOf(t)
    const before = process.umask(umask)
    try {
      storeOf(t, join(folder, 'journal.db')).commit(rowsOf(1, chargeOf()))
    } finally {
      process.umask(before)
    }
    const modes = readdirSync(folder).map(name => [name, statSync(join(folder, name)).mode & 0o777])
    assert.deepEqual(modes, [
      ['journal.db', 0o600],
      ['journal.db-wal', 0o600],
    ])
  })
}

test('a folder that is missing is made, for the owner alone', t => {
  const path = join(folderOf(t), 'missing', 'journal.db')
  storeOf(t, path).commit(rowsOf(1, chargeOf()))
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
})

test('a folder that cannot be made is refused by its name in the configuration', t => {
  const file = join(folderOf(t), 'file')
  writeFileSync(file, '')
  assert.throws(() => storeOf(t, join(file, 'journal.db')), {
    name: 'JournalError',
    code: 'journal_path',
    message: /^journal\.path: /,
  })
})

test('a folder at the path is refused and left alone', t => {
  const path = join(folderOf(t), 'journal.db')
  mkdirSync(path)
  assert.throws(() => storeOf(t, path), { code: 'journal_path', message: /^journal\.path: .* is not a regular file$/ })
  assert.ok(statSync(path).isDirectory())
})

test('a second journal on the same file is refused, in this process and in another one', t => {
  const path = join(folderOf(t), 'journal.db')
  const store = storeOf(t, path)
  const refusal = { name: 'JournalError', code: 'journal_locked', message: /^journal\.path: .*second daemon/ }
  assert.throws(() => storeOf(t, path), refusal)
  const { stdout } = spawnSync(process.execPath, [CHILD, path], { encoding: 'utf8' })
  assert.equal(stdout, 'journal_locked\n')

  store.commit(rowsOf(1, chargeOf()))
  store.close()
  assert.equal(spawnSync(process.execPath, [CHILD, path], { encoding: 'utf8' }).stdout, 'opened\n')
})

test('a journal that was opened again and only read is locked too', t => {
  const path = join(folderOf(t), 'journal.db')
  storeOf(t, path).close()
  storeOf(t, path)
  assert.equal(spawnSync(process.execPath, [CHILD, path], { encoding: 'utf8' }).stdout, 'journal_locked\n')
})

test('whether a journal is held is told, and whatever is there stays as it is', t => {
  const folder = folderOf(t)
  const path = join(folder, 'journal.db')
  assert.equal(isHeldElsewhere(path), false)
  assert.deepEqual(readdirSync(folder), [])
  for (const remnant of ['', 'a few bytes', 'x'.repeat(5_000)]) {
    writeFileSync(path, remnant)
    const before = filesIn(folder)
    assert.equal(isHeldElsewhere(path), false)
    assert.deepEqual(filesIn(folder), before)
  }
  rmSync(path)
  const store = storeOf(t, path)
  assert.equal(isHeldElsewhere(path), true)
  store.commit(rowsOf(1, chargeOf()))
  store.close()
  const before = filesIn(folder)
  assert.equal(isHeldElsewhere(path), false)
  assert.deepEqual(filesIn(folder), before)
})

test('the journal of a newer release is refused and stays as it is, byte for byte', t => {
  const folder = folderOf(t)
  const path = join(folder, 'journal.db')
  writtenTo(path)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 99')
  db.close()

  const before = filesIn(folder)
  assert.throws(() => storeOf(t, path), {
    name: 'JournalError',
    code: 'journal_newer_schema',
    message: /schema version 99, this release knows \d+/,
  })
  assert.deepEqual(filesIn(folder), before)
})

test('an empty file becomes a journal', t => {
  const folder = folderOf(t)
  const path = join(folder, 'journal.db')
  writeFileSync(path, '')
  assert.deepEqual(storeOf(t, path).load(), { ...NEW, stream: STREAM, fresh: STREAM })
  assert.deepEqual(readdirSync(folder).sort(), ['journal.db', 'journal.db-wal'])
})

/** Bytes of a b-tree page's head and cell pointers, which say where everything in the page is. */
function flipped(sound: Buffer): Buffer {
  const bytes = Buffer.from(sound)
  const page = 4_096 * Math.floor(bytes.length / 4_096 / 2)
  for (let at = page; at < page + 40; at += 1) bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
  return bytes
}

/** A database in perfect order, of another program. */
function foreign(path: string, application: number): Buffer {
  const db = new DatabaseSync(`${path}.foreign`)
  db.exec(`CREATE TABLE notes (text TEXT); PRAGMA application_id = ${application}; PRAGMA user_version = 1`)
  db.close()
  return readFileSync(`${path}.foreign`)
}

const damages: readonly [string, (sound: Buffer, path: string) => Buffer][] = [
  ['a text', () => Buffer.from('{"not":"a database"}\n'.repeat(400))],
  ['a few bytes', () => Buffer.from('x')],
  ['zeros, as a power cut leaves them', () => Buffer.alloc(8_192)],
  ['the head of a journal', sound => sound.subarray(0, 100)],
  ['a journal cut in the middle of a page', sound => sound.subarray(0, Math.floor(sound.length / 2) + 17)],
  ['a journal with bytes flipped in the middle', flipped],
  ['the database of another program', (_, path) => foreign(path, 0x1234)],
  ['the database of a program that does not say its name', (_, path) => foreign(path, 0)],
]

for (const [name, damage] of damages) {
  test(`${name} is set aside as it is, and a new stream begins with a warning`, t => {
    const path = join(folderOf(t), 'journal.db')
    const damaged = damage(writtenTo(path), join(folderOf(t), 'other.db'))
    writeFileSync(path, damaged)

    const store = new Store({ path, stream: 'fresh00000000000', at: AT, teller: TELLER })
    t.after(() => store.close())
    assert.deepEqual(store.load(), {
      ...NEW,
      stream: 'fresh00000000000',
      fresh: 'fresh00000000000',
      warnings: ['journal_set_aside'],
    })
    assert.deepEqual(readFileSync(`${path}.set-aside-2027-01-02T030405.678Z`), damaged)
    store.commit(rowsOf(1, chargeOf()))
  })
}

test('a journal that is damaged under a running box takes nothing any more, and the next start sets it aside', t => {
  const path = join(folderOf(t), 'journal.db')
  const sale = (no: number) => rowsOf(no, chargeOf({ chargeId: `c${no}`, outTradeNo: toOutTradeNo(`ORDER-${no}`) }))
  const filling = storeOf(t, path)
  const numbers = Array.from({ length: 2_500 }, (_, index) => index + 1)
  filling.commit(numbers.flatMap(sale)) // more than SQLite keeps in memory
  filling.close()
  const store = storeOf(t, path)
  const disk = openSync(path, 'r+')
  writeSync(disk, Buffer.alloc(statSync(path).size - 4 * 4_096), 0, null, 4 * 4_096)
  closeSync(disk)
  for (let times = 0; times < 2; times += 1) assert.throws(() => store.commit(sale(5_000)), { code: 'journal_damaged' })
  store.close()
  const next = openStore({ path, stream: 'fresh00000000000', at: AT, teller: TELLER })
  t.after(() => next.close())
  assert.deepEqual(next.load().warnings, ['journal_set_aside'])
})

test('the warning is given once: the next opening finds a journal in good order', t => {
  const path = join(folderOf(t), 'journal.db')
  writeFileSync(path, Buffer.alloc(8_192))
  const first = storeOf(t, path)
  assert.deepEqual(first.load().warnings, ['journal_set_aside'])
  first.close()
  assert.deepEqual(storeOf(t, path).load().warnings, [])
})

test('a write-ahead log whose journal is gone is set aside, not thrown away', t => {
  const folder = folderOf(t)
  const path = join(folder, 'journal.db')
  writeFileSync(`${path}-wal`, 'perhaps the last payments')
  assert.deepEqual(storeOf(t, path).load().warnings, ['journal_set_aside'])
  assert.equal(readFileSync(`${path}.set-aside-2027-01-02T030405.678Z-wal`, 'utf8'), 'perhaps the last payments')
})

test('nothing is ever set aside over something else', t => {
  const path = join(folderOf(t), 'journal.db')
  const names = ['', '-2', '-3'].map(ending => `${path}.set-aside-2027-01-02T030405.678Z${ending}`)
  for (const [round] of names.entries()) {
    writeFileSync(path, `damaged ${round}`)
    storeOf(t, path).close()
  }
  assert.deepEqual(
    names.map(name => readFileSync(name, 'utf8')),
    ['damaged 0', 'damaged 1', 'damaged 2'],
  )
})

test('a journal without its tables is a damaged one', t => {
  const path = join(folderOf(t), 'journal.db')
  storeOf(t, path).close()
  const db = new DatabaseSync(path)
  db.exec('DROP TABLE outbox')
  db.close()
  assert.throws(() => storeOf(t, path), { name: 'JournalError', code: 'journal_damaged' })
})

for (const [what, errcode, code] of [
  ['database is locked', 5, 'journal_locked'],
  ['disk I/O error', 10, 'journal_io'],
  ['database or disk is full', 13, 'journal_full'],
  ['malformed JSON', 1, 'journal_io'],
] as const) {
  for (const method of ['exec', 'prepare'] as const) {
    test(`a journal that cannot be opened for once (${what}, ${method}) is not taken for a damaged one`, t => {
      const folder = folderOf(t)
      const path = join(folder, 'journal.db')
      writtenTo(path)
      // as an older release left it
      alter(path, 'ALTER TABLE attempts DROP COLUMN by_hand; PRAGMA user_version = 7; DROP TABLE streams')
      const real = DatabaseSync.prototype[method]
      t.mock.method(DatabaseSync.prototype, method, function (this: DatabaseSync, sql: string) {
        if (/by_hand/.test(sql)) throw Object.assign(new Error(what), { errcode })
        return real.call(this, sql)
      })
      const options = { path, stream: STREAM, at: AT, teller: TELLER }
      assert.throws(() => openStore(options), { name: 'JournalError', code })
      assert.deepEqual(readdirSync(folder), ['journal.db'])
    })
  }
}

test('a commit is on the disk when it returns: a write-ahead log, synced in full', t => {
  const exec = t.mock.method(DatabaseSync.prototype, 'exec')
  storeOf(t)
  const db = exec.mock.calls.at(-1)?.this
  assert.ok(db instanceof DatabaseSync)
  assert.deepEqual({ ...db.prepare('PRAGMA synchronous').get() }, { synchronous: 2 })
  assert.deepEqual({ ...db.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' })
})
