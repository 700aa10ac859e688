import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChargeView } from '../../core/contract/message.ts'
import { toFen } from '../../core/money.ts'
import { answered, Bench, journalOf, LANE, PAID } from './bench.ts'

/** What registers were told of charges: as events, in answers, and as the lane stands. */
function told(bench: Bench): ChargeView[] {
  const events = bench.told.map(({ charge }) => charge)
  const answers = bench.all('answer').flatMap(({ body }) => ('charge' in body ? [body.charge as ChargeView] : []))
  return [...events, ...answers]
}

function pay(bench: Bench, chargeId: string): void {
  bench.charge(chargeId)
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
}

test('a charge that a stand-in for WeChat Pay is asked for is a test wherever a register meets it', () => {
  const bench = new Bench({ settings: { isRehearsal: true } }).prove()
  pay(bench, 'A')
  const charges = told(bench)
  assert.ok(charges.some(({ state }) => state === 'paid'))
  for (const charge of charges) assert.equal(charge.test, true, charge.state)
})

test('a kiosk makes tests too', () => {
  const kiosks = new Map([[LANE, { amount: toFen(500), description: 'Entry', hasLock: false }]])
  const bench = new Bench({ settings: { kiosks, isRehearsal: true } }).prove()
  assert.deepEqual(new Set(told(bench).map(({ test: isTest }) => isTest)), new Set([true]))
})

test("it stays one when the box is set to WeChat Pay later, and WeChat Pay's own charges are none", () => {
  const before = new Bench({ settings: { isRehearsal: true } }).prove()
  before.charge('A')
  before.scan()
  const after = new Bench({ record: journalOf(before.rows), settings: { ...before.settings, isRehearsal: false } }).prove()
  after.lookup('A')
  assert.deepEqual(new Set(told(after).map(({ test: isTest }) => isTest)), new Set([true]))
  const real = new Bench().prove()
  pay(real, 'B')
  for (const charge of told(real)) assert.ok(!('test' in charge), charge.state)
})
