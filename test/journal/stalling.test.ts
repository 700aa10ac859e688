import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { JournalError } from '../../device/journal/error.ts'
import { openJournal } from '../../device/journal/journal.ts'
import { chargeOf, folderOf, rowsOf, TELLER } from './sample.ts'
import { StallingJournal } from './stalling.ts'

async function stallingOf(t: TestContext): Promise<StallingJournal> {
  const journal = new StallingJournal(
    await openJournal({ path: join(folderOf(t), 'journal.db'), onLost: assert.ifError, teller: TELLER }),
  )
  t.after(() => {
    journal.release()
    return journal.close()
  })
  return journal
}

test('a held journal takes nothing until it is released, and then all in order', async t => {
  const journal = await stallingOf(t)
  const done: string[] = []
  journal.hold()
  const calls = [
    journal.commit(rowsOf(1, chargeOf())).then(() => done.push('first')),
    journal.commit(rowsOf(2, chargeOf({ state: 'submitting' }))).then(() => done.push('second')),
    journal.load().then(record => done.push(`seq ${record.lanes.get('main')?.seq}`)),
  ]
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(done, [])
  assert.equal(journal.waiting, 3)

  journal.release()
  await Promise.all(calls)
  assert.deepEqual(done, ['first', 'second', 'seq 2'])
  assert.equal(journal.waiting, 0)
})

test('a failing journal rejects what would be written, still reads, and recovers', async t => {
  const journal = await stallingOf(t)
  const full = new JournalError('journal_full', 'no space')
  journal.failing(full)
  await assert.rejects(journal.commit(rowsOf(1, chargeOf())), full)
  await assert.rejects(journal.delivered('main', 1), full)
  assert.equal((await journal.load()).lanes.size, 0)

  journal.failing(null)
  await journal.commit(rowsOf(1, chargeOf()))
  assert.equal((await journal.load()).lanes.get('main')?.seq, 1)
})
