import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import { Bench, EMPTY, journalOf, LANE } from './bench.ts'

/** What the broker keeps is of a stream that the journal does not know. */
const ANOTHERS = new Map([[LANE, { stream: 'another000000000', seq: 7 }]])

/** The box is started on what another life of it has left, and waits for the broker's word. */
function woken(before: Bench): Bench {
  return new Bench({ record: journalOf(before.rows), settings: { hasBroker: true } })
}

test('the event of a new stream is on its way even where it has the number of the last one of the stream before', () => {
  const before = new Bench().prove()
  before.charge('A') // one event
  const bench = woken(before)
  const from = bench.all('tell_events').length
  bench.post({ type: 'remembered', heads: ANOTHERS })
  assert.equal(bench.told.at(-1)?.seq, 1)
  assert.equal(bench.all('tell_events').length, from + 1)
})

test('while a new stream waits for the disk nobody is given what the journal has of the stream before as its own', () => {
  const before = new Bench().prove()
  before.charge('A')
  const [old] = before.told
  const bench = woken(before)
  bench.holdCommits = true
  bench.post({ type: 'remembered', heads: ANOTHERS })
  const command = { verb: 'events', requestId: 'r', lane: LANE, afterSeq: 0, limit: 50 } as const
  const page = { events: [old ?? assert.fail('nothing was told')], oldestSeq: 1, more: false }
  bench.command(command, { ...NOTHING_FOUND, page })
  const { body } = bench.all('read_out').at(-1) ?? assert.fail()
  assert.deepEqual(body, {
    request_id: 'r',
    ok: true,
    stream: EMPTY.fresh,
    events: [],
    next_after_seq: 0,
    oldest_seq: 1,
    more: false,
  })
})
