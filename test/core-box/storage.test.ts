import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../core/box/effect.ts'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import { answered, Bench, journalOf, NO_ANSWER, PAID } from './bench.ts'

interface Told {
  readonly seq: number
  readonly state: string
  readonly charge: { readonly charge_id: string; readonly durable?: boolean } | null
  readonly last: { readonly charge_id: string; readonly state: string; readonly durable?: boolean } | null
}

function undurable(effects: readonly Effect[]): Told | undefined {
  return effects.flatMap(effect => (effect.do === 'tell_undurable' ? [effect.body as Told] : [])).at(-1)
}

/** What a lookup says of it. */
function durableOf(bench: Bench, chargeId: string): boolean | undefined {
  const [answer] = bench.lookup(chargeId)
  assert.ok(answer?.do === 'read_out')
  const { charge } = answer.body as { charge: { durable?: boolean } }
  return charge.durable
}

/** A charge that was armed before the journal began to fail. */
function failingWithCharge(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.holdCommits = true
  bench.post({ type: 'storage', failing: true })
  return bench
}

test('while the journal fails no charge is taken, and nothing is started', () => {
  const bench = new Bench().prove()
  bench.post({ type: 'storage', failing: true })
  const effects = bench.charge('A')
  const [refused] = effects
  assert.ok(refused?.do === 'refuse' && JSON.stringify(refused.body).includes('"code":"storage"'))
  assert.equal(bench.rows.length, 0)
  assert.ok(JSON.stringify(bench.all('tell_status').at(-1)?.body).includes('storage'))
})

test('a payment goes on while the journal fails, and is told as not durable, without a number of its own', () => {
  const bench = failingWithCharge()
  const durableSeq = bench.book.durableSeq
  const submitting = undurable(bench.scan())
  assert.equal(submitting?.charge?.durable, false)
  assert.equal(submitting?.seq, durableSeq)
  const paid = undurable(bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now)))
  assert.equal(paid?.last?.state, 'paid')
  assert.equal(paid?.last?.durable, false)
  assert.equal(paid?.seq, durableSeq, 'a number is seen only once it is durable')
})

test('what is durable has its number told, also while the journal already fails at what came after it', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.holdCommits = true
  bench.scan()
  const { ticket, seq } = bench.book
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  bench.post({ type: 'committed', ticket })
  const failing = undurable(bench.post({ type: 'storage', failing: true }))
  assert.deepEqual([failing?.seq, failing?.last?.durable], [seq, false])
})

test('a charge that ended durably before is not told as doubtful', () => {
  const bench = new Bench().prove()
  bench.charge('EARLIER')
  bench.cancel('EARLIER')
  bench.charge('A')
  bench.holdCommits = true
  bench.post({ type: 'storage', failing: true })
  const told = undurable(bench.scan())
  assert.equal(told?.last?.charge_id, 'EARLIER')
  assert.equal(told?.last?.durable, undefined)
})

test('a lookup says that what it answers is not durable yet', () => {
  const bench = failingWithCharge()
  bench.scan()
  const [answer] = bench.lookup('A')
  assert.ok(answer?.do === 'read_out' && JSON.stringify(answer.body).includes('"durable":false'))
})

test('a lookup doubts no charge that is durable, whatever else of the lane waits for the disk', () => {
  const bench = new Bench().prove()
  bench.charge('UNDONE')
  bench.scan()
  bench.cancel('UNDONE')
  bench.charge('LAST')
  bench.cancel('LAST')
  bench.charge('OPEN')
  bench.holdCommits = true
  bench.post({ type: 'storage', failing: true })
  bench.scan()
  const told = ['OPEN', 'LAST', 'UNDONE'].map(chargeId => durableOf(bench, chargeId))
  assert.deepEqual(told, [false, undefined, undefined])
})

test('what a commit has taken is durable although the next one waits', () => {
  const bench = failingWithCharge()
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  const { ticket } = bench.box
  bench.holdCommits = false
  bench.post({ type: 'storage', failing: false })
  bench.holdCommits = true
  bench.charge('B')
  bench.post({ type: 'committed', ticket })
  assert.deepEqual([durableOf(bench, 'A'), durableOf(bench, 'B')], [undefined, false])
})

test('when the journal works again, the numbers follow on without a gap', () => {
  const bench = failingWithCharge()
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  bench.holdCommits = false
  bench.post({ type: 'storage', failing: false })
  bench.post({ type: 'committed', ticket: bench.box.ticket })
  assert.deepEqual(
    bench.told.map(({ seq }) => seq),
    [1, 2, 3],
  )
  assert.equal(bench.book.durableSeq, 3)
})

test('an armed charge that the journal refuses is cancelled at once', () => {
  const bench = new Bench().prove()
  bench.holdCommits = true
  bench.charge('A')
  bench.post({ type: 'storage', failing: true })
  assert.equal(bench.told.at(-1)?.charge.reason, 'storage')
  assert.equal(bench.book.lane.at, 'idle')
})

test('an id whose end the journal does not hold yet is not taken for a new one, nor called back to life', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  const stale = journalOf(bench.rows).lanes.get('main')?.open[0]
  assert.ok(stale)
  bench.holdCommits = true
  bench.cancel('A')
  bench.charge('B')
  bench.cancel('B')
  const events = bench.told.length
  bench.charge('A')
  const command = { verb: 'cancel', requestId: 'r', lane: 'main', chargeId: 'A' } as const
  bench.command(command, { ...NOTHING_FOUND, charge: stale })
  assert.equal(bench.told.length, events)
  assert.equal(bench.book.lane.at, 'idle')
  assert.equal(bench.book.background.size, 0)
})

test('a charge is told only as the journal holds it, in a refusal too', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.holdCommits = true
  bench.cancel('A')
  for (const effects of [bench.cancel('A'), bench.charge('A'), bench.charge('A', { attemptsMax: 1 })]) {
    assert.ok(effects.every(effect => effect.do !== 'refuse' || !JSON.stringify(effect.body).includes('charge_id')))
    assert.ok(effects.every(({ wait }) => wait === 'committed'))
  }
})

test('reverses are not piled up behind a journal that takes nothing; they go on when it does', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.post({ type: 'storage', failing: true })
  bench.advance(3_600_000)
  assert.equal(bench.all('reverse').length, 0)
  bench.post({ type: 'storage', failing: false })
  assert.equal(bench.all('reverse').length, 1)
})

test('questions are asked while the journal fails', () => {
  const bench = failingWithCharge()
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(5_000)
  assert.equal(bench.all('query').length, 1)
})
