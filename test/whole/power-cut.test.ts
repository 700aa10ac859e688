import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ChargeView } from '../../core/contract/message.ts'
import type { Behaviour, FaultEntry } from '../../device/emulator/index.ts'
import { Rig } from './rig.ts'

/** How a charge is brought to the state in which the power goes, and what it may end as. */
interface Cut {
  readonly state: ChargeView['state']
  /** What tells this cut from another in the same state. */
  readonly when?: string
  readonly amount: number
  readonly behaviour: Behaviour
  readonly faults?: readonly FaultEntry[]
  readonly scans: boolean
  readonly command?: Readonly<Record<string, unknown>>
  readonly cancels?: boolean
  readonly refusals?: number
  readonly ends: readonly ChargeView['state'][]
}

/** Short, for what is measured is the order of things. */
const TIMING = { poll_every_s: 0.1, poll_for_s: 1.5, reverse_after_s: 0.4, not_found_after_s: 1, answer_within_s: 0.6 }

const PAYS: Behaviour = { kind: 'pays', afterMs: 400 }
const SILENT: FaultEntry = { match: { path: '/pay/micropay' }, fault: { kind: 'late', byMs: 500 } }
const LOST: FaultEntry = { match: { path: '/pay/micropay' }, fault: { kind: 'lost_after', how: 'close' } }
const NO_QUERY: FaultEntry = { match: { path: '/pay/orderquery' }, fault: { kind: 'bad_gateway' }, times: 3 }

const NO_REVERSE: FaultEntry = { match: { path: '/secapi/pay/reverse' }, fault: { kind: 'bad_gateway' }, times: 1 }

/** More than the customer has. */
const TOO_MUCH = 2_000_000

const CUTS: readonly Cut[] = [
  { state: 'awaiting_scan', amount: 1_234, behaviour: PAYS, scans: false, ends: ['cancelled'] },
  { state: 'submitting', amount: 1_234, behaviour: PAYS, faults: [SILENT], scans: true, ends: ['paid', 'reversed'] },
  { state: 'awaiting_payer', amount: 60_000, behaviour: { kind: 'pays', afterMs: 1_000 }, scans: true, ends: ['paid'] },
  { state: 'confirming', amount: 1_234, behaviour: PAYS, faults: [LOST, NO_QUERY], scans: true, ends: ['paid'] },
  { state: 'reversing', amount: 60_000, behaviour: { kind: 'dawdles' }, faults: [NO_REVERSE], scans: true, ends: ['reversed'] },
  {
    state: 'reversing',
    when: ' a cancelled charge',
    amount: 60_000,
    behaviour: { kind: 'dawdles' },
    faults: [NO_REVERSE],
    scans: true,
    cancels: true,
    ends: ['reversed'],
  },
  {
    state: 'confirming',
    when: ' a refusal',
    amount: TOO_MUCH,
    behaviour: PAYS,
    faults: [NO_QUERY],
    scans: true,
    ends: ['declined', 'reversed'],
  },
  {
    state: 'awaiting_scan',
    when: ' again after a refusal',
    amount: TOO_MUCH,
    behaviour: PAYS,
    scans: true,
    refusals: 1,
    ends: ['reversed'],
  },
  { state: 'paid', amount: 1_234, behaviour: PAYS, scans: true, ends: ['paid'] },
  { state: 'declined', amount: TOO_MUCH, behaviour: PAYS, scans: true, command: { attempts: 1 }, ends: ['declined'] },
  { state: 'reversed', amount: 60_000, behaviour: { kind: 'dawdles' }, scans: true, ends: ['reversed'] },
  { state: 'cancelled', amount: 1_234, behaviour: PAYS, scans: false, cancels: true, ends: ['cancelled'] },
  { state: 'expired', amount: 1_234, behaviour: PAYS, scans: false, command: { expires_in_s: 5 }, ends: ['expired'] },
]

// Each has a broker, a gateway and boxes of its own, and mostly waits.
suite('power cuts', { concurrency: 2 }, () => {
  for (const gateway of ['alive', 'dead'] as const) {
    for (const cut of CUTS) {
      test(`power cut while ${cut.state}${cut.when ?? ''}, gateway ${gateway} afterwards: the register hears what the ledger holds`, async t => {
        const rig = await Rig.start(t, { timing: TIMING })
        rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour: cut.behaviour })
        const till = await rig.till(t)
        const first = await rig.startBox().ready()
        for (const fault of cut.faults ?? []) rig.wire.faults.add(fault)
        assert.ok((await till.charge({ charge_id: 'A', amount: cut.amount, ...cut.command })).ok)
        await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
        if (cut.scans) await rig.scan('li')
        if (cut.scans && cut.cancels) await till.untilCharge('A', ({ state }) => state === 'awaiting_payer')
        if (cut.cancels) assert.ok((await till.cancel('A')).ok)
        await till.untilCharge(
          'A',
          ({ state, refusals = [] }) => state === cut.state && refusals.length === (cut.refusals ?? refusals.length),
        )
        await first.kill()
        if (gateway === 'dead') await rig.gatewayGone()

        const second = rig.startBox()
        await rig.until('the lane is free', () => till.isOnline && till.state?.['state'] === 'idle')
        if (gateway === 'dead') {
          const { ok, error } = await till.charge({ charge_id: 'B', amount: 1 })
          assert.equal(ok, false)
          assert.deepEqual(error?.code, 'not_ready')
          await rig.gatewayBack()
        }
        const charge = await till.untilCharge('A', ({ final }) => final, 20_000)
        const ends =
          gateway === 'dead' && cut.ends.includes('paid') && cut.state !== 'paid' ? [...cut.ends, 'reversed'] : cut.ends
        assert.ok(ends.includes(charge.state), `ended ${charge.state}`)
        await second.ready()
        assert.ok((await till.charge({ charge_id: 'C', amount: 1 })).ok, 'the lane takes a new charge')
        const { debitedFen, creditedFen } = rig.engine.ledger.total()
        assert.equal(debitedFen - creditedFen, charge.outcome === 'paid' ? cut.amount : 0)
        assert.deepEqual(till.complaints, [])
      })
    }
  }
})
