import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { chooseHid, chooseSerial, GUN_MAKERS, type GunChoice } from '../../device/scanner/choice.ts'
import { listHid, listSerial } from '../../device/scanner/plugged.ts'
import { ScannerError } from '../../device/scanner/scanner.ts'
import { KEYBOARD, MOUSE, POS } from './hid/descriptors.ts'
import { Plugs } from './plugs.ts'

const ZEBRA = { port: '1-1.2', usb: '05e0:1200', serialNumber: 'S/N:1', maker: 'Symbol', product: 'Bar Code Scanner' }
const ADAPTER = { port: '1-1.4', usb: '0403:6001', maker: 'FTDI', product: 'FT232R' }
const DESK = { port: '1-1.1', usb: '046d:c31c' }

describe('what is plugged in', () => {
  it('a serial gun is told by its names, its maker and its port, and the board’s own line by its path', t => {
    const plugs = new Plugs(t)
    plugs.tty('ttyUSB0', { on: ADAPTER, byId: 'usb-FTDI_FT232R-if00-port0' })
    plugs.tty('ttyAMA0')
    plugs.tty('ttyS3', { type: '0' })
    const stablePath = join(plugs.dev, 'serial/by-id/usb-FTDI_FT232R-if00-port0')
    assert.deepEqual(listSerial(plugs), [
      { path: join(plugs.dev, 'ttyAMA0'), stablePath: join(plugs.dev, 'ttyAMA0'), name: '' },
      { path: join(plugs.dev, 'ttyUSB0'), stablePath, name: 'FTDI FT232R', usb: '0403:6001', port: '1-1.4' },
    ])
  })

  it('keyboards and bar code scanners are told, with the switch that keeps them off the console; a mouse is not', t => {
    const plugs = new Plugs(t)
    const keyboard = plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, name: 'Symbol Bar Code Scanner', on: ZEBRA })
    plugs.hid({ node: 'hidraw1', descriptor: MOUSE, on: DESK })
    plugs.hid({ node: 'hidraw10', descriptor: POS, input: 'none', name: 'Own', id: '0003:0000CAFE:00000001' })
    const rest = { interfaceNumber: 0 }
    assert.deepEqual(
      listHid(plugs).map(({ descriptor: _, ...device }) => device),
      [
        {
          path: join(plugs.dev, 'hidraw0'),
          kind: 'keyboard',
          name: 'Symbol Bar Code Scanner',
          usb: '05e0:1200',
          serialNumber: 'S/N:1',
          port: '1-1.2',
          inhibitors: [join(keyboard, 'inhibited')],
          ...rest,
        },
        { path: join(plugs.dev, 'hidraw10'), kind: 'pos', name: 'Own', usb: 'cafe:0001', inhibitors: [], ...rest },
      ],
    )
  })

  it('where there is nothing of the kind nothing is plugged in', () => {
    const nowhere = { sys: '/nowhere', dev: '/nowhere' }
    assert.deepEqual([listSerial(nowhere), listHid(nowhere)], [[], []])
  })

  it('what a device says of itself cannot write on a terminal what it wants', t => {
    const plugs = new Plugs(t)
    plugs.tty('ttyACM0', { on: { ...ADAPTER, product: `\x1b[2Jgun${'x'.repeat(1_000)}` } })
    const [device] = listSerial(plugs)
    assert.match(device?.name ?? '', /^FTDI \[2Jgunx+$/)
    assert.ok((device?.name.length ?? 0) < 300)
  })
})

describe('which gun is meant', () => {
  const hid = (plugs: Plugs, choice: GunChoice) => chooseHid(listHid(plugs), choice).gun.path.replace(`${plugs.dev}/`, '')
  const fault = (why: string) => (error: unknown) => error instanceof ScannerError && error.fault === why

  it('without a name it is the only one there, and no keyboard that somebody types on', t => {
    const plugs = new Plugs(t)
    assert.throws(() => hid(plugs, {}), fault('missing'))
    plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: DESK })
    assert.equal(hid(plugs, {}), 'hidraw0')
    plugs.hid({ node: 'hidraw1', descriptor: KEYBOARD, on: ZEBRA })
    assert.equal(hid(plugs, {}), 'hidraw1')
    plugs.hid({ node: 'hidraw2', descriptor: POS, on: { ...ZEBRA, port: '1-1.3' } })
    assert.throws(() => hid(plugs, {}), fault('ambiguous'))
  })

  it('a keyboard that calls itself a scanner is one, whoever made it', t => {
    const plugs = new Plugs(t)
    plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: DESK })
    for (const [index, name] of ['USB Barcode Scanner', 'BAR CODE READER', 'Wireless scanner'].entries()) {
      plugs.hid({ node: 'hidraw1', descriptor: KEYBOARD, name, on: { port: `1-${index + 2}`, usb: '1a2c:0001' } })
      assert.equal(hid(plugs, {}), 'hidraw1', name)
      plugs.unplug('hidraw1')
    }
  })

  it('two guns of one make are told apart by serial number and by port, and by neither they are not', t => {
    const plugs = new Plugs(t)
    plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, on: ZEBRA })
    plugs.hid({ node: 'hidraw1', descriptor: KEYBOARD, on: { ...ZEBRA, port: '1-1.3', serialNumber: 'S/N:2' } })
    const usb = ZEBRA.usb
    assert.equal(hid(plugs, { usb, serialNumber: 'S/N:2' }), 'hidraw1')
    assert.equal(hid(plugs, { usb, port: '1-1.2' }), 'hidraw0')
    assert.throws(() => hid(plugs, { usb }), /any of these could be the gun: \S+hidraw0 \(05e0:1200 at 1-1.2\), \S+hidraw1/)
    assert.throws(() => hid(plugs, { usb, serialNumber: 'S/N:3' }), /no gun is plugged in as 05e0:1200, serial number S\/N:3/)
    plugs.unplug('hidraw1')
    assert.throws(() => hid(plugs, { usb, serialNumber: 'S/N:2' }), fault('missing'))
  })

  it('a gun that comes as several is read as a bar code scanner, else by its first interface, and all of it belongs to it', t => {
    const plugs = new Plugs(t)
    plugs.hid({ node: 'hidraw5', descriptor: KEYBOARD, on: ZEBRA, interfaceNumber: 1 })
    plugs.hid({ node: 'hidraw6', descriptor: KEYBOARD, on: ZEBRA, interfaceNumber: 0 })
    assert.equal(hid(plugs, {}), 'hidraw6')
    plugs.hid({ node: 'hidraw7', descriptor: POS, input: 'none', on: ZEBRA, interfaceNumber: 2 })
    assert.equal(hid(plugs, {}), 'hidraw7')
    assert.equal(chooseHid(listHid(plugs), {}).interfaces.length, 3)
  })

  it('a serial gun by USB is never the board’s own line', t => {
    const plugs = new Plugs(t)
    plugs.tty('ttyAMA0')
    const serial = (choice: GunChoice) => chooseSerial(listSerial(plugs), choice).path
    assert.throws(() => serial({ usb: ADAPTER.usb }), fault('missing'))
    plugs.tty('ttyUSB0', { on: ADAPTER })
    assert.equal(serial({ usb: ADAPTER.usb }), join(plugs.dev, 'ttyUSB0'))
    plugs.tty('ttyUSB1', { on: { ...ADAPTER, port: '1-1.3' } })
    assert.throws(() => serial({ usb: ADAPTER.usb }), fault('ambiguous'))
    assert.equal(serial({ port: '1-1.3' }), join(plugs.dev, 'ttyUSB1'))
  })
})

it('the udev rules keep the guns off the console whose makers the box knows, and those only', () => {
  const rules = readFileSync(new URL('../../systemd/60-tillbridge.rules', import.meta.url), 'utf8')
  const [, makers = ''] = /ATTRS\{idVendor\}=="([0-9a-f|]+)"/.exec(rules) ?? []
  assert.deepEqual(makers.split('|').sort(), [...GUN_MAKERS.keys()].sort())
})
