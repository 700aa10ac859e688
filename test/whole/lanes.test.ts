import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openPseudoTerminal, type PseudoTerminal } from '../../device/demo/pseudo-terminal.ts'
import type { Behaviour } from '../../device/emulator/index.ts'
import { listen } from '../register/raw-client.ts'
import type { Till } from '../till.ts'
import { until } from '../until.ts'
import { OTHER, OWN, Rig } from './rig.ts'

const SMALL = 1_234
const LARGE = 60_000
const PAYS: Behaviour = { kind: 'pays', afterMs: 300 }

interface Shop {
  readonly rig: Rig
  readonly left: Till
  readonly right: Till
  /** The gun of the right lane; the rig's own is the left one's. */
  readonly gun: PseudoTerminal
}

/** Two lanes, each with a gun and lights of its own. */
async function openShop(t: TestContext): Promise<Shop> {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour: PAYS })
  rig.engine.addCustomer({ name: 'wang', balanceFen: 1_000_000, behaviour: PAYS })
  const gun = await openPseudoTerminal()
  t.after(() => gun.close())
  const lane = (name: string, path: string) => ({
    name,
    scanner: { type: 'serial', path },
    indicators: { driver: 'terminal' },
  })
  rig.configure({ lanes: [lane('left', rig.gunLink), lane('right', gun.path)] })
  const [left, right] = await Promise.all([rig.till(t, 'left'), rig.till(t, 'right')])
  await rig.startBox().ready()
  return { rig, left, right, gun }
}

async function arm(till: Till, chargeId: string, amount: number): Promise<void> {
  assert.ok((await till.charge({ charge_id: chargeId, amount })).ok)
  await till.untilCharge(chargeId, ({ state }) => state === 'awaiting_scan')
}

test('two lanes sell at once, and a code that was sent on one is not sent on the other', async t => {
  const { rig, left, right, gun } = await openShop(t)
  await Promise.all([arm(left, 'A', SMALL), arm(right, 'A', 2 * SMALL)])
  const code = await rig.scan('li')
  await left.untilCharge('A', ({ state }) => state === 'paid')
  await gun.write(`${code}\r`)
  await rig.until('the right lane says that it was sent', () => right.scans.some(({ reason }) => reason === 'sent_before'))
  assert.equal(rig.wire.received.count('/pay/micropay'), 1)
  await gun.write(`${rig.engine.issueCode('wang')}\r`)
  const charge = await right.untilCharge('A', ({ final }) => final)
  assert.equal(charge.state, 'paid')
  assert.equal(rig.netFen(charge), 2 * SMALL)
  assert.deepEqual([...left.complaints, ...right.complaints], [])
})

test('a gun that hangs in the middle of a code and is then pulled out keeps the other lane from nothing', async t => {
  const { rig, left, right, gun } = await openShop(t)
  await Promise.all([arm(left, 'A', LARGE), arm(right, 'A', SMALL)])
  await rig.scan('li')
  await left.untilCharge('A', ({ state }) => state === 'awaiting_payer')
  await gun.write('13012')
  await gun.close()
  await rig.until('the right lane misses its gun', () => right.state?.['ready'] === false)
  assert.equal(left.state?.['ready'], true)
  assert.equal((await right.cancel('A')).charge?.state, 'cancelled')
  assert.equal((await left.untilCharge('A', ({ final }) => final)).state, 'paid')
})

test('a lane that was renamed is finished under its old name, and sells under its new one', async t => {
  const { rig, left } = await openShop(t)
  const listener = await listen(t, rig.broker.url)
  await arm(left, 'A', LARGE)
  await rig.scan('li')
  await left.untilCharge('A', ({ state }) => state === 'awaiting_payer')
  await rig.box?.kill()
  rig.configure({ lanes: [{ name: 'front', scanner: { type: 'serial', path: rig.gunLink } }] })
  const front = await rig.till(t, 'front')
  await rig.startBox().ready()
  const charge = await left.untilCharge('A', ({ final }) => final, 20_000)
  assert.equal(charge.state, 'reversed')
  assert.equal(rig.netFen(charge), 0)
  const cleared = (lane: string) => listener.on(`tillbridge/counter-1/${lane}/state`).at(-1)?.text === ''
  await rig.until('what was retained of it is gone', () => cleared('left') && cleared('right'))
  assert.deepEqual(Object.keys(front.status?.['lanes'] ?? {}), ['front'])
  await arm(front, 'A', SMALL)
  await rig.scan('wang')
  assert.equal((await front.untilCharge('A', ({ final }) => final)).state, 'paid')
})

test('orders of another merchant wait for it, unasked, and then end as its ledger has them', async t => {
  const { rig, left } = await openShop(t)
  await arm(left, 'A', LARGE)
  await rig.scan('li')
  const { out_trade_no: number } = await left.untilCharge('A', ({ state }) => state === 'awaiting_payer')
  await rig.box?.kill()
  const asked = () => rig.wire.received.requests('/pay/orderquery', number).length
  const before = asked()

  rig.configureMerchant(OTHER)
  const other = rig.startBox()
  await rig.until('the lane names it', () => String(left.state?.['not_ready']) === 'other_merchant')
  await rig.until('and so does the status', () => String(left.status?.['warnings']) === 'other_merchant')
  assert.deepEqual((await left.charge({ charge_id: 'B', amount: SMALL })).error?.reasons, ['other_merchant'])
  assert.ok((await left.lookup({ charge_id: 'A' })).ok, 'it can be looked up')
  assert.equal(await other.stop(), 0)
  assert.equal(asked(), before)

  rig.configureMerchant(OWN)
  rig.startBox()
  const charge = await left.untilCharge('A', ({ final }) => final, 20_000)
  assert.equal(charge.state, 'paid')
  assert.equal(rig.netFen(charge), LARGE)
  await until('the lane is ready', () => left.state?.['ready'] === true)
  await until('and says so no more', () => String(left.status?.['warnings']) === '')
})
