import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { chooseHid } from '../../../device/scanner/choice.ts'
import { type HidBus, type HidLineParts, openHidraw } from '../../../device/scanner/hid/bus.ts'
import { type HidSettings, openHidScanner } from '../../../device/scanner/hid/scanner.ts'
import { listHid } from '../../../device/scanner/plugged.ts'
import { ScannerError } from '../../../device/scanner/scanner.ts'
import { tapHid } from '../../../device/scanner/tap.ts'
import { VirtualClock } from '../../clock.ts'
import { until } from '../../until.ts'
import { isKeptOff, Plugs } from '../plugs.ts'
import { KEYBOARD, POS, SHIFT, scanned, strokes } from './descriptors.ts'

const CODE = '134567890123456789'
const GAP_MS = 250
const ONE = { port: '1-1.2', usb: '05e0:1200', serialNumber: 'A' }
const OTHER = { ...ONE, port: '1-1.3', serialNumber: 'B' }

/** Guns as the kernel shows them, that send what a test has recorded. */
class Bus implements HidBus {
  readonly plugs: Plugs
  readonly opened = new Map<string, HidLineParts>()

  constructor(t: TestContext) {
    this.plugs = new Plugs(t)
  }

  list() {
    return listHid(this.plugs)
  }

  async open(path: string, parts: HidLineParts) {
    const node = path.slice(this.plugs.dev.length + 1)
    this.opened.set(node, parts)
    return { close: async () => void this.opened.delete(node) }
  }

  send(node: string, reports: readonly Uint8Array[]): void {
    for (const report of reports) this.opened.get(node)?.onReport(report)
  }

  unplug(node: string): void {
    this.plugs.unplug(node)
    this.opened.get(node)?.onError(new ScannerError('failed', 'could not read from HID device'))
  }
}

function listen(t: TestContext, bus: HidBus, settings: Partial<HidSettings> = {}) {
  const clock = new VirtualClock()
  const texts: string[] = []
  const health: string[] = []
  const scanner = openHidScanner(
    { device: {}, layout: 'us', ...settings },
    { clock, onScan: scan => texts.push(scan.text), onHealth: (ready, why) => health.push(why?.fault ?? String(ready)) },
    bus,
  )
  t.after(() => scanner.close())
  const waits = () => until('it waits for time to pass', () => clock.pending === 1)
  return {
    clock,
    texts,
    health,
    scanner,
    waits,
    /** It is open, and what may have been under way before is through. */
    settled: async () => {
      await waits()
      clock.advance(GAP_MS)
      assert.equal(health.at(-1), 'true')
    },
  }
}

describe('an HID gun', () => {
  it('that types delivers what it typed, by Enter or by a pause', async t => {
    const bus = new Bus(t)
    bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const { clock, texts, settled } = listen(t, bus)
    await settled()
    bus.send('hidraw0', strokes(CODE))
    assert.deepEqual(texts, [CODE])
    bus.send('hidraw0', strokes(CODE).slice(0, -2))
    clock.advance(GAP_MS - 1)
    assert.equal(texts.length, 1)
    clock.advance(1)
    assert.deepEqual(texts, [CODE, CODE])
  })

  it('reads digits right by the layout that it is set to', async t => {
    const bus = new Bus(t)
    bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const { texts, settled } = listen(t, bus, { layout: 'fr' })
    await settled()
    bus.send('hidraw0', strokes(CODE, SHIFT))
    assert.deepEqual(texts, [CODE])
  })

  it('that is a bar code scanner delivers each code', async t => {
    const bus = new Bus(t)
    bus.plugs.hid({ node: 'hidraw0', descriptor: POS, input: 'none', on: ONE })
    const { texts, settled } = listen(t, bus)
    await settled()
    bus.send('hidraw0', [scanned(CODE), scanned('4006381333931')])
    assert.deepEqual(texts, [CODE, '4006381333931'])
  })

  it('drops the rest of a code in the middle of which it was opened', async t => {
    const bus = new Bus(t)
    bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const { texts, waits } = listen(t, bus)
    await waits()
    bus.send('hidraw0', [...strokes('456789'), ...strokes(CODE)])
    assert.deepEqual(texts, [CODE])
  })
})

describe('HID guns that come and go', () => {
  it('two of one make on two lanes stay apart, also while one is away', async t => {
    const bus = new Bus(t)
    bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    bus.plugs.hid({ node: 'hidraw1', descriptor: KEYBOARD, on: OTHER })
    const a = listen(t, bus, { device: { usb: ONE.usb, serialNumber: 'A' } })
    const b = listen(t, bus, { device: { usb: ONE.usb, serialNumber: 'B' } })
    await a.settled()
    await b.settled()
    bus.send('hidraw0', strokes('111'))
    bus.send('hidraw1', strokes('222'))
    assert.deepEqual([a.texts, b.texts], [['111'], ['222']])
    bus.unplug('hidraw0')
    await a.waits()
    a.clock.advance(100)
    await a.waits()
    assert.deepEqual(a.health, ['true', 'unplugged'])
    assert.deepEqual([...bus.opened.keys()], ['hidraw1'])
  })

  it('one that is unplugged in the middle of a code takes it with it, and works again once it is back under whatever number', async t => {
    const bus = new Bus(t)
    bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const { clock, texts, health, settled, waits } = listen(t, bus)
    await settled()
    bus.send('hidraw0', strokes('1345').slice(0, -2))
    bus.unplug('hidraw0')
    await waits()
    const keyboard = bus.plugs.hid({ node: 'hidraw4', descriptor: KEYBOARD, on: OTHER })
    clock.advance(100)
    await settled()
    bus.send('hidraw4', strokes(CODE))
    assert.deepEqual(health, ['true', 'unplugged', 'true'])
    assert.deepEqual(texts, [CODE])
    assert.ok(isKeptOff(keyboard))
  })

  it('one that is missing is told once, and looked for at growing pauses', async t => {
    const bus = new Bus(t)
    const { clock, health, waits, settled } = listen(t, bus)
    for (const pauseMs of [100, 200, 400, 800, 1_600, 2_000, 2_000]) {
      await waits()
      clock.advance(pauseMs - 1)
      assert.equal(clock.pending, 1)
      clock.advance(1)
    }
    assert.deepEqual(health, ['missing'])
    await waits()
    bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    clock.advance(2_000)
    await settled()
  })

  it('delivers nothing after it was closed, and is given back, also when that happens while it is being opened', async t => {
    const bus = new Bus(t)
    bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const first = listen(t, bus)
    await first.scanner.close()
    assert.deepEqual([first.clock.pending, bus.opened.size], [0, 0])
    const second = listen(t, bus)
    await second.settled()
    const late = bus.opened.get('hidraw0')
    await second.scanner.close()
    for (const report of strokes(CODE)) late?.onReport(report)
    assert.deepEqual([second.texts, bus.opened.size, second.clock.pending], [[], 0, 0])
  })
})

describe('the console', () => {
  it('is kept free of all that a gun types before any of it is read', async t => {
    const bus = new Bus(t)
    const keyboards = [0, 1].map(interfaceNumber =>
      bus.plugs.hid({ node: `hidraw${interfaceNumber}`, descriptor: KEYBOARD, on: ONE, interfaceNumber }),
    )
    const kept: boolean[] = []
    const watched: HidBus = {
      list: () => bus.list(),
      open: (path, parts) => {
        kept.push(...keyboards.map(isKeptOff))
        return bus.open(path, parts)
      },
    }
    await listen(t, watched).settled()
    assert.deepEqual(kept, [true, true])
  })

  it('stays free of it after the box has gone', async t => {
    const bus = new Bus(t)
    const keyboard = bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const { settled, scanner } = listen(t, bus)
    await settled()
    await scanner.close()
    assert.ok(isKeptOff(keyboard))
  })

  it('where it cannot be kept free the gun is not read, until it can', async t => {
    const bus = new Bus(t)
    const keyboard = bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE, input: 'no_way' })
    const { clock, health, waits, settled } = listen(t, bus)
    await waits()
    assert.deepEqual([health, bus.opened.size], [['console'], 0])
    writeFileSync(join(keyboard, 'inhibited'), '0\n')
    clock.advance(100)
    await settled()
    assert.ok(isKeptOff(keyboard))
  })

  it('where the rules have kept it free already nothing has to be written', async t => {
    const bus = new Bus(t)
    const keyboard = bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE, input: 'inhibited' })
    await listen(t, bus).settled()
    rmSync(join(keyboard, 'inhibited'))
  })
})

describe('a look at a gun', () => {
  it('keeps it off the console meanwhile, and lets it type as before afterwards', async t => {
    const bus = new Bus(t)
    const typing = bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const silent = bus.plugs.hid({ node: 'hidraw1', descriptor: KEYBOARD, on: OTHER, input: 'inhibited' })
    const typed: number[] = []
    const parts = { onBytes: (bytes: Uint8Array) => void typed.push(...bytes), onEnded: () => {} }
    const taps = await Promise.all([ONE, OTHER].map(({ port }) => tapHid(chooseHid(bus.list(), { port }), 'us', parts, bus)))
    bus.send('hidraw0', strokes('12'))
    assert.deepEqual([String.fromCharCode(...typed), isKeptOff(typing), isKeptOff(silent)], ['12\r', true, true])
    await Promise.all(taps.map(tap => tap.close()))
    assert.deepEqual([bus.opened.size, isKeptOff(typing), isKeptOff(silent)], [0, false, true])
  })

  it('that fails leaves it as it was', async t => {
    const bus = new Bus(t)
    const typing = bus.plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ONE })
    const refusing: HidBus = { list: () => bus.list(), open: () => Promise.reject(new ScannerError('no_permission', 'no')) }
    await assert.rejects(
      tapHid(chooseHid(bus.list(), {}), 'us', { onBytes: () => {}, onEnded: () => {} }, refusing),
      ScannerError,
    )
    assert.equal(isKeptOff(typing), false)
  })
})

describe('the add-on', () => {
  const parts = { onReport: () => {}, onError: () => {} }

  it('where it is absent or does not load, that is said, with what it needs', async () => {
    const absent = () => Promise.reject(new ScannerError('failed', 'Cannot find package node-hid'))
    await assert.rejects(openHidraw('/dev/hidraw0', parts, absent), (error: unknown) => {
      assert.ok(error instanceof ScannerError)
      assert.match(error.message, /node-hid cannot be loaded; it needs .*libusb-1.0-0 .*\(Cannot find package node-hid\)/)
      return error.fault === 'driver'
    })
  })

  it('a device that is not there is missing, by its own words; where the add-on is absent, the driver is', async () => {
    await assert.rejects(openHidraw('/dev/hidraw-of-nobody', parts), (error: unknown) => {
      return error instanceof ScannerError && (error.fault === 'missing' || error.fault === 'driver')
    })
  })
})
