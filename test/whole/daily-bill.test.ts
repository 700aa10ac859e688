import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BillDay, dayOf, daysAfter, startOf } from '../../core/bill/day.ts'
import type { StatusView } from '../../core/contract/message.ts'
import type { Clock } from '../../core/ports.ts'
import { systemClock } from '../../device/clock.ts'
import { startBox } from '../../device/compose.ts'
import { loadConfig } from '../../device/config/index.ts'
import { createLog } from '../../device/log/index.ts'
import { openParts } from '../../device/parts.ts'
import { Rig } from './rig.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How often a box looks whether its day's work is due. */
const LOOK_MS = 60_000

/** It is noon in Beijing today, and nobody waits a minute for a box to look. */
function atNoon(today: BillDay): { clock: Clock; aheadMs: number } {
  const aheadMs = startOf(today) + 12 * HOUR_MS - Date.now()
  const now = () => ({ mono: systemClock.now().mono, wall: Date.now() + aheadMs })
  const after: Clock['after'] = (afterMs, wake) => systemClock.after(afterMs === LOOK_MS ? 50 : afterMs, wake)
  return { clock: { now, after }, aheadMs }
}

test("where it is configured a box compares yesterday's bill by itself: a difference is an error in the log and a warning for registers", async t => {
  const rig = await Rig.start(t)
  rig.configure({ reconcile: { daily_at: '10:00' } })
  const today = dayOf(Date.now())
  const { clock, aheadMs } = atNoon(today)
  rig.engine.addCustomer({ name: 'li', balanceFen: 10_000, behaviour: { kind: 'dawdles' } })
  rig.booksAhead.ms = aheadMs - DAY_MS
  const till = await rig.till(t)
  const sold = await rig.startBox().ready()
  await till.charge({ charge_id: 'A', amount: 1_234 })
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'paid')
  await sold.stop()

  rig.ahead.ms = aheadMs
  rig.booksAhead.ms = aheadMs
  rig.engine.merchant(new Map([['mch_id', '1900000109']]))?.orders.clear() // the bill does not have it
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) > 0 }
  const log = createLog({ stream, terminal: false, level: 'info', secrets: [] })
  const fatal = (error: unknown) => assert.fail(String(error))
  const config = loadConfig(rig.configFile, {})
  const box = await startBox(config, { ...(await openParts(config, log, fatal)), clock }, log, '0.0.0', fatal)
  t.after(() => box.stop())
  const status = () => till.status as unknown as StatusView | null
  await rig.until('registers are told', () => status()?.warnings.includes('bill_differs') === true)
  const yesterday = daysAfter(today, -1)
  const said = lines.map(line => JSON.parse(line)).find(({ msg }) => String(msg).startsWith(`the bill of ${yesterday} differs`))
  assert.deepEqual([said.level, said.count, said.first.kind], ['error', 1, 'told_not_billed'])
})
