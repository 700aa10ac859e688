import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDay, startOf } from '../../core/bill/day.ts'
import { billDue, NOTHING_DONE, pruneUntil, readNotes } from '../../core/upkeep.ts'

const TODAY = readDay('2027-03-02') ?? assert.fail()
const YESTERDAY = readDay('2027-03-01')
const MIDNIGHT = startOf(TODAY)
const HOUR = 3_600_000
const DAY = 24 * HOUR

test('yesterday’s bill is due from its hour on, in Beijing, once a day', () => {
  const from = 10.5 * HOUR
  assert.equal(billDue(from, null, MIDNIGHT + from - 1), null)
  assert.equal(billDue(from, null, MIDNIGHT + from), '2027-03-01')
  assert.equal(billDue(from, YESTERDAY, MIDNIGHT + DAY - 1), '2027-03-01')
  assert.equal(billDue(from, TODAY, MIDNIGHT + DAY - 1), null)
  assert.equal(billDue(from, TODAY, MIDNIGHT - DAY + from), null, 'a clock that was set back asks nothing again')
  assert.equal(billDue(from, TODAY, MIDNIGHT + DAY + from), '2027-03-02')
})

test('a day’s worth goes at once, and only what is older than is kept', () => {
  const keep = 400
  const kept = MIDNIGHT - keep * DAY
  assert.equal(pruneUntil(kept, keep, MIDNIGHT), null)
  assert.equal(pruneUntil(kept - 1, keep, MIDNIGHT), kept)
  assert.equal(pruneUntil(kept - 10 * DAY, keep, MIDNIGHT), kept - 9 * DAY)
  assert.equal(pruneUntil(kept - 1, keep, MIDNIGHT + HOUR), kept, 'the rest of that day stays for tomorrow')
})

test('notes that cannot be read were never made', () => {
  for (const text of ['', 'null', '7', '{"billOn":7,"billDiffers":"yes"}', '{"billOn":"2027-02-30"}'])
    assert.deepEqual(readNotes(text), NOTHING_DONE, text)
  const notes = { billOn: TODAY, billDiffers: true, prunedOn: YESTERDAY }
  assert.deepEqual(readNotes(JSON.stringify(notes)), notes)
})
