import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { JournalError, toJournalError } from '../../device/journal/error.ts'
import { folderOf, storeOf } from './sample.ts'

const CHILD = new URL('./child/fill.ts', import.meta.url).pathname

/** Changes how large the files of a running process may become; it needs no rights that a file system of its own would need. */
function limitFiles(pid: number | undefined, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`])
}

test('a disk that takes no more refuses a commit whole, and takes the next one when there is space again', async t => {
  const path = join(folderOf(t), 'journal.db')
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value
  assert.equal(await next(), 'ready')

  limitFiles(child.pid, 300_000)
  child.stdin.write('fill\n')
  const [code, acknowledged, kept] = String(await next()).split(' ')
  assert.equal(code, 'journal_io')
  assert.ok(Number(acknowledged) > 0)
  assert.equal(kept, acknowledged)

  limitFiles(child.pid, 'unlimited')
  child.stdin.write('again\n')
  const after = Number(acknowledged) + 1
  assert.equal(await next(), `ok ${after} ${after}`)
  assert.deepEqual(await exited, [0, null])

  const record = storeOf(t, path).load()
  assert.deepEqual(record.warnings, [])
  assert.equal(record.lanes.get('main')?.seq, after)
})

test('what SQLite says of a full disk is told as a full journal', t => {
  const db = new DatabaseSync(':memory:')
  t.after(() => db.close())
  db.exec('CREATE TABLE filled (bytes BLOB); PRAGMA max_page_count = 4')
  const told = (work: () => void): unknown => {
    try {
      return work()
    } catch (error) {
      return toJournalError(error)
    }
  }
  const full = told(() => db.exec('INSERT INTO filled VALUES (zeroblob(100000))'))
  assert.ok(full instanceof JournalError)
  assert.equal(full.code, 'journal_full')
})

test('an error that did not come from SQLite is not taken for one', () => {
  const mistake = new TypeError('a mistake of the program')
  assert.equal(toJournalError(mistake), mistake)
})
