import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChargeView } from '../../../core/contract/message.ts'
import { until, untilSo } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'

/** What the kernel does with a card that fails. Source: Linux, Documentation/ABI/testing/sysfs-fs-ext4 and ext4(5), `errors=`. */
const FAIL = `mount -o remount,errors=remount-ro /
echo failing >/sys/fs/ext4/vda/trigger_fs_error; ! touch /written 2>/dev/null`

test('a disk that goes read-only in mid-payment: what is paid is told as not durable, nothing new starts, and a reset heals it', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  engine.addCustomer({ name: 'wu', balanceFen: 100_000, behaviour: { kind: 'dawdles' }, password: 'always' })
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } })
  await counter.ready()
  const gun = await machine.line('uart')
  const sale = await counter.arm(1_234)
  gun.write(`${engine.issueCode('wu')}\r`)
  await till.untilCharge(sale, ({ state }) => state === 'awaiting_payer', PATIENCE_MS)

  await machine.guest.shell(FAIL)
  assert.ok(engine.lateDebit(engine.orders().at(-1)?.outTradeNo ?? ''), 'the customer pays')
  await until(
    'what the journal has not is told all the same, as such',
    () => shown(counter, sale)?.durable === false,
    PATIENCE_MS,
  )
  assert.equal(shown(counter, sale)?.outcome, 'paid')
  assert.notEqual(till.book.get(sale)?.state, 'paid', 'no event tells what is not durable')
  await counter.notReady('storage')
  assert.equal((await till.charge({ charge_id: 'refused', amount: 1 })).error?.code, 'storage')
  const looked = await till.lookup({ charge_id: sale })
  assert.deepEqual([looked.charge?.state, looked.charge?.durable], ['paid', false])

  await counter.reset()
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  await untilSo('a durable answer', async () => isDurable((await till.lookup({ charge_id: sale })).charge), PATIENCE_MS)
  assert.equal((await till.lookup({ charge_id: 'refused' })).error?.code, 'unknown_charge')
  const again = await counter.arm(5)
  gun.write(`${engine.issueCode('li')}\r`)
  await till.untilCharge(again, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_239)
  assert.equal(counter.toldFen, 1_239)
  assert.deepEqual(till.complaints, [])
  gun.destroy()
})

/** A charge as the lane's state shows it, under way or as its last one. */
function shown({ till }: Counter, sale: string): ChargeView | undefined {
  const { charge, last } = (till.state ?? {}) as { charge?: ChargeView | null; last?: ChargeView | null }
  return [charge, last].find(view => view?.charge_id === sale) ?? undefined
}

function isDurable(charge: ChargeView | undefined): boolean {
  return charge?.state === 'paid' && charge.durable !== false
}
