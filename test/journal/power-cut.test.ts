import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { Store } from '../../device/journal/store.ts'
import { chargeOf, eventOf, folderOf, storeOf } from './sample.ts'

const CHILD = new URL('./child/commit.ts', import.meta.url).pathname

/** Lets a child commit until it has acknowledged `count` commits, kills it in the midst of the next, and returns the last number acknowledged. */
async function commitAndKill(path: string, count: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let acknowledged = 0
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line)
    seen += 1
    if (seen === count) child.kill('SIGKILL')
  }
  const [code, signal] = await exited
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
  return acknowledged
}

function seqsIn(store: Store): number[] {
  return store.events('main', 0, 100_000, 100_000_000).events.map(event => event.seq)
}

test('every commit that was acknowledged is there after a kill, whole, and no number is missing', async t => {
  const path = join(folderOf(t), 'journal.db')
  for (const count of [1, 40, 83]) {
    const acknowledged = await commitAndKill(path, count)
    const store = storeOf(t, path)
    const record = store.load()
    const seq = record.lanes.get('main')?.seq ?? 0
    assert.ok(seq >= acknowledged, `${acknowledged} acknowledged, ${seq} kept`)
    assert.deepEqual(record.warnings, [])
    assert.deepEqual(
      seqsIn(store),
      Array.from({ length: seq }, (_, index) => index + 1),
    )
    const last = store.find({ by: 'charge_id', lane: 'main', id: `c${seq}` })
    assert.deepEqual(store.outbox('main', 100_000).at(-1), eventOf(seq, last?.charge ?? chargeOf()))
    assert.equal(record.lanes.get('main')?.open.length, seq)
    store.close()
  }
})
