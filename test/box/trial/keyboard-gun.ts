import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'

/** What has been typed at the console, lines that were ended by Enter. */
const TYPED = '/run/typed'
const SCANS_MAX = 40

test('a payment by a USB gun that is a keyboard: nothing of the code reaches the console', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  const { guest } = machine
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  await guest.shell(`systemd-run --quiet sh -c 'exec cat </dev/tty1 >${TYPED}'`)
  await machine.plug('usb-kbd')
  await guest.until('the keyboard is there', 'test -e /dev/hidraw0')
  await machine.press(['1', '2', 'ret'])
  await guest.until('the console hears a keyboard', `test "$(cat ${TYPED})" = 12`)

  await counter.startBox({ scanner: { type: 'hid', usb: '0627:0001' } })
  await counter.ready()
  const sale = await counter.arm(1_234)
  const code = engine.issueCode('li')
  for (let scan = 0; till.book.get(sale)?.state === 'awaiting_scan'; scan += 1) {
    assert.ok(scan < SCANS_MAX, 'no scan was read')
    const noticed = till.scans.length
    await machine.press([...code, 'ret'])
    // On a loaded machine the keys may come too slowly for one code: then it is scanned again, as people do.
    await until(
      'the scan is taken',
      () => till.scans.length > noticed || till.book.get(sale)?.state !== 'awaiting_scan',
      PATIENCE_MS,
    )
  }
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_234)
  assert.equal(await guest.shell(`cat ${TYPED}`), '12')
})
