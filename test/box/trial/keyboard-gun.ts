import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'

/** What has been typed at the console, lines that were ended by Enter. */
const TYPED = '/run/typed'
const SCANS_MAX = 40

test('payments by a USB gun that is a keyboard, pulled out while a customer types and plugged in again: nothing of a code reaches the console', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  const { guest } = machine
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 8_000 }, password: 'always' })
  engine.addCustomer({ name: 'wu', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  await guest.shell(`systemd-run --quiet sh -c 'exec cat </dev/tty1 >${TYPED}'`)
  await machine.plug('usb-kbd')
  await guest.until('the keyboard is there', 'test -e /dev/hidraw0')
  await machine.press(['1', '2', 'ret'])
  await guest.until('the console hears a keyboard', `test "$(cat ${TYPED})" = 12`)

  await counter.startBox({ scanner: { type: 'hid', usb: '0627:0001' } })
  await counter.ready()
  const sale = await counter.arm(1_234)
  await scan(counter, sale, engine.issueCode('li'))
  await till.untilCharge(sale, ({ state }) => state === 'awaiting_payer', PATIENCE_MS)
  await machine.unplug('usb-kbd')
  await counter.notReady('scanner_unplugged')
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_234)

  await machine.plug('usb-kbd')
  await counter.ready()
  const again = await counter.arm(5)
  await scan(counter, again, engine.issueCode('wu'))
  await till.untilCharge(again, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_239)
  assert.equal(await guest.shell(`cat ${TYPED}`), '12')
})

/** Types the code until it is taken: on a loaded machine the keys may come too slowly for one code, and then it is scanned again, as people do. */
async function scan({ machine, till }: Counter, sale: string, code: string): Promise<void> {
  const isTaken = () => till.book.get(sale)?.state !== 'awaiting_scan'
  for (let scans = 0; !isTaken(); scans += 1) {
    assert.ok(scans < SCANS_MAX, 'no scan was read')
    const noticed = till.scans.length
    await machine.press([...code, 'ret'])
    await until('the scan is taken', () => till.scans.length > noticed || isTaken(), PATIENCE_MS)
  }
}
