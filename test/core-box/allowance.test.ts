import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../core/box/effect.ts'
import type { ErrorBody } from '../../core/contract/error.ts'
import { LIMITS } from '../../core/limits.ts'
import { Bench, LANE, SETTINGS } from './bench.ts'

/** The error in what a command brought about, or null where it was let in. */
function errorIn(effects: readonly Effect[]): ErrorBody | null {
  const bodies = effects.flatMap(effect => (effect.do === 'refuse' || effect.do === 'answer' ? [effect.body] : []))
  const [body] = bodies as { readonly error?: ErrorBody }[]
  return body?.error ?? null
}

function isTooMany(effects: readonly Effect[]): boolean {
  return errorIn(effects)?.code === 'too_many'
}

function lookUp(bench: Bench, lane = LANE): readonly Effect[] {
  return bench.request('lookup', { request_id: 'r', charge_id: 'never' }, lane)
}

/** Asks until it is one too many. Returns how often it was let in. */
function flood(bench: Bench, ask: (bench: Bench) => readonly Effect[]): number {
  for (let count = 0; count < 10_000; count += 1) if (isTooMany(ask(bench))) return count
  return Number.POSITIVE_INFINITY
}

test('a flood is met with too_many, which is worth another try, before anything is looked up for it', () => {
  const bench = new Bench().prove()
  assert.equal(flood(bench, lookUp), LIMITS.commands.other.burst)
  const lookUps = bench.all('look_up').length
  const effects = lookUp(bench)
  const { code, retryable } = errorIn(effects) ?? assert.fail('let in')
  assert.deepEqual([code, retryable], ['too_many', true])
  assert.equal(bench.all('look_up').length, lookUps)
  assert.equal(bench.rows.length, 0)
})

test('what cannot be read counts too, and its request id is echoed', () => {
  const bench = new Bench().prove()
  assert.equal(
    flood(bench, of => of.request('charge', { request_id: 'r7' })),
    LIMITS.commands.charge.burst,
  )
  const body = bench.all('refuse').at(-1)?.body as { request_id: string }
  assert.equal(body.request_id, 'r7')
})

test('no flood of anything else stops a cancel, nor a charge that is armed already and repeated, and none of one lane another lane', () => {
  const bench = new Bench({ settings: { ...SETTINGS, lanes: [LANE, 'side'] } }).prove()
  bench.charge('A')
  flood(bench, lookUp)
  flood(bench, of => of.request('events', { request_id: 'r', after_seq: 0 }))
  assert.equal(errorIn(bench.request('charge', { request_id: 'r', charge_id: 'A', amount: 1_234 })), null)
  flood(bench, of => of.request('charge', { request_id: 'r', charge_id: 'B', amount: 1_234 }))
  assert.equal(errorIn(bench.request('cancel', { request_id: 'r', charge_id: 'A' })), null)
  assert.equal(bench.states.at(-1), 'cancelled')
  assert.equal(errorIn(lookUp(bench, 'side')), null)
})

test('a lane takes commands again as time passes, and never more at once than at the start', () => {
  const bench = new Bench().prove()
  const { burst, perSecond } = LIMITS.commands.other
  flood(bench, lookUp)
  bench.now += 1_000
  assert.equal(flood(bench, lookUp), perSecond)
  bench.now += 86_400_000
  assert.equal(flood(bench, lookUp), burst)
})

test('eight tills that each repeat every command every second for ten minutes are never one too many', () => {
  const bench = new Bench().prove()
  for (let second = 0; second < 600; second += 1) {
    for (let till = 0; till < 8; till += 1) {
      for (const verb of ['charge', 'cancel', 'lookup'] as const) {
        const fields = { request_id: 'r', charge_id: `${till}`, ...(verb === 'charge' ? { amount: 1 } : {}) }
        if (verb !== 'lookup' || second % 5 === 0) assert.ok(!isTooMany(bench.request(verb, fields)), `${verb}, second ${second}`)
      }
    }
    bench.now += 1_000
  }
})

test('what two tills have repeated every second for a minute, while the link was lost, may come at once', () => {
  const bench = new Bench().prove()
  for (let second = 0; second < 60; second += 1) {
    for (let till = 0; till < 2; till += 1) {
      for (const verb of ['charge', 'cancel', 'lookup'] as const) {
        const fields = { request_id: `${verb}-${second}`, charge_id: `${till}`, ...(verb === 'charge' ? { amount: 1 } : {}) }
        assert.ok(!isTooMany(bench.request(verb, fields)), `${verb}, second ${second}`)
      }
    }
  }
})

test('a till that was away for a week reads what it missed as fast as the box gives it, and is never one too many', () => {
  const bench = new Bench().prove()
  const missed = 7 * 1_000 * 4
  for (let seq = 0; seq < missed; seq += 50) {
    assert.ok(!isTooMany(bench.request('events', { request_id: 'r', after_seq: seq })), `after ${seq}`)
    bench.now += 10
  }
})
