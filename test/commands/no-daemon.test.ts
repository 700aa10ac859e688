import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../device/clock.ts'
import { isDaemonThere } from '../../device/commands/check/daemon.ts'
import { LEAST, Workshop } from '../config/workshop.ts'
import { chargeOf, garble, rowsOf, storeOf } from '../journal/sample.ts'
import { CommandProcess } from './command.ts'

/** What people ask where no daemon runs. */

/** Longer than the address of a socket can be, and no longer than a name. */
const LONG = `${'n'.repeat(110)}.db`

function shopOf(t: TestContext, name = 'journal.db') {
  const shop = new Workshop(t)
  shop.put('box.yaml', `${LEAST}journal: { path: ${name} }\n`)
  const run = async (...words: string[]) => {
    const command = new CommandProcess(t, [...words, '--config', join(shop.folder, 'box.yaml')])
    return { code: await command.ended(), output: command.output, errors: command.errors }
  }
  const journal = join(shop.folder, name)
  const sell = () => {
    const store = storeOf(t, journal)
    store.commit(rowsOf(1, chargeOf()))
    store.close()
  }
  return { run, journal, sell, files: () => readdirSync(shop.folder).sort() }
}

const ASKED: readonly (readonly [words: readonly string[], code: number])[] = [
  [['journal', 'list'], 1],
  [['totals'], 1],
  [['reconcile'], 69],
]

test('a journal that is not there is named, and none is made', async t => {
  const { run, files } = shopOf(t, 'state/journal.db')
  const before = files()
  for (const [words, code] of ASKED) {
    const told = await run(...words)
    assert.deepEqual([told.code, told.output], [code, ''])
    assert.match(told.errors, /^tillbridge: there is no journal \S+state\/journal\.db: the daemon makes it when it starts/)
  }
  assert.deepEqual(files(), before)
})

test('a journal that is damaged is named and stays where it is: the daemon sets it aside, and says so to the registers', async t => {
  const { run, journal, sell, files } = shopOf(t)
  sell()
  garble(journal, '"chargeId":"c1"', '"chargeId":"c2"')
  const before = files()
  const told = await run('journal', 'show', 'c1')
  assert.deepEqual([told.code, told.output], [1, ''])
  assert.match(told.errors, /journal\.db is damaged, and was left as it is: charge c1 .*\(journal_damaged\)\n$/)
  assert.deepEqual(files(), before)
})

test('a charge that cannot be read is named by list and export, which give all others', async t => {
  const { run, journal } = shopOf(t)
  const store = storeOf(t, journal)
  for (const chargeId of ['c1', 'c2', 'c3']) store.commit([{ put: 'charge', charge: chargeOf({ chargeId }) }])
  store.close()
  garble(journal, '"chargeId":"c2"', '"chargeId":"cx"')
  for (const words of [['list', '--json'], ['list', '--limit', '2', '--json'], ['export']]) {
    const told = await run('journal', ...words)
    assert.equal(told.code, 1)
    assert.equal(told.errors, 'tillbridge: charge c2 of lane main cannot be read: the journal is damaged there\n')
    const ids = [...told.output.matchAll(/"charge_id":"(.*?)"/g)].map(([, id]) => id)
    assert.deepEqual(ids.sort(), words.includes('--limit') ? ['c3'] : ['c1', 'c3'])
  }
})

test('a journal whose path is too long for a socket is read where no daemon has it', async t => {
  const { run, sell } = shopOf(t, LONG)
  sell()
  const told = await run('journal', 'list')
  assert.deepEqual([told.code, told.errors], [0, ''])
  assert.match(told.output, / c1 /)
})

test('a path that is too long for a socket stands for no daemon; whoever has the journal does', async t => {
  const { journal, sell } = shopOf(t, LONG)
  const isThere = () => isDaemonThere(journal, systemClock, 10_000)
  assert.equal(await isThere(), false)
  sell()
  assert.equal(await isThere(), false)
  const daemon = storeOf(t, journal)
  assert.equal(await isThere(), true)
  daemon.close()
})
