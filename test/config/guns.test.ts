import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LAYOUT_NAMES } from '../../device/scanner/hid/layout.ts'
import { LEAST, Workshop } from './workshop.ts'

/** The least configuration with a lane for each of these guns. */
function withGuns(...guns: string[]): string {
  const lanes = guns.map((gun, index) => `  - { name: lane-${index}, scanner: ${gun} }\n`).join('')
  return `${LEAST.slice(0, LEAST.indexOf('  - name'))}${lanes}`
}

test('a serial gun is named by its path, or by what tells a USB gun from others, and its line is set as the gun is', t => {
  const gun =
    '{ type: serial, usb: 0C2E:0B81, serial_number: "007", port: 1-1.2, baud_rate: 1200, data_bits: 7, parity: even, flow_control: rts_cts }'
  assert.deepEqual(new Workshop(t).load(withGuns(gun)).lanes[0]?.scanner, {
    type: 'serial',
    device: { usb: '0c2e:0b81', serialNumber: '007', port: '1-1.2' },
    line: { baudRate: 1_200, dataBits: 7, parity: 'even', flowControl: 'rts_cts' },
    commands: {},
  })
})

test('what a gun is sent is bytes, written as characters', t => {
  const gun = String.raw`{ type: serial, path: /dev/gun, commands: { opened: "\x02M0\x03", armed: "\x16T\r", accepted: "\xff" } }`
  const scanner = new Workshop(t).load(withGuns(gun)).lanes[0]?.scanner
  assert.ok(scanner?.type === 'serial')
  const { opened = [], armed = [], accepted = [] } = scanner.commands
  assert.deepEqual([[...opened], [...armed], [...accepted]], [[2, 0x4d, 0x30, 3], [0x16, 0x54, 13], [0xff]])
})

test('an HID gun is the only one there, or is named; every layout can be', t => {
  assert.deepEqual(new Workshop(t).load(withGuns('{ type: hid }')).lanes[0]?.scanner, { type: 'hid', device: {}, layout: 'us' })
  for (const layout of LAYOUT_NAMES) {
    const scanner = new Workshop(t).load(withGuns(`{ type: hid, usb: "05e0:1200", layout: ${layout} }`)).lanes[0]?.scanner
    assert.deepEqual(scanner, { type: 'hid', device: { usb: '05e0:1200' }, layout })
  }
})

test('two lanes of USB guns need something that both have named, differently', t => {
  const apart = [
    ['{ type: hid, usb: "05e0:1200" }', '{ type: hid, usb: "0c2e:0b81" }'],
    ['{ type: hid, usb: "05e0:1200", serial_number: A }', '{ type: hid, usb: "05e0:1200", serial_number: B }'],
    ['{ type: hid, port: 1-1.2 }', '{ type: hid, usb: "05e0:1200", port: 1-1.3 }'],
    ['{ type: hid }', '{ type: serial, usb: "05e0:1200" }', '{ type: serial, path: /dev/gun }'],
  ]
  for (const guns of apart) assert.equal(new Workshop(t).load(withGuns(...guns)).lanes.length, guns.length)
  const together = [
    ['{ type: hid }', '{ type: hid }'],
    ['{ type: hid, usb: "05e0:1200" }', '{ type: hid }'],
    ['{ type: hid, usb: "05E0:1200" }', '{ type: hid, usb: "05e0:1200" }'],
    ['{ type: hid, usb: "05e0:1200", serial_number: A }', '{ type: hid, usb: "05e0:1200" }'],
    ['{ type: hid, serial_number: A }', '{ type: hid, port: 1-1.3 }'],
    ['{ type: serial, usb: "05e0:1200" }', '{ type: serial, port: 1-1.3 }'],
  ]
  for (const guns of together) {
    assert.deepEqual(new Workshop(t).mistakes(withGuns(...guns)), ['10 lanes[1].scanner does not fit'], guns.join())
  }
})

const REFUSED: readonly (readonly [what: string, gun: string, mistakes: readonly string[]])[] = [
  ['a serial gun that is not named', '{ type: serial }', ['path missing']],
  [
    'one that is named twice',
    '{ type: serial, path: /dev/gun, usb: "05e0:1200", port: 1-1 }',
    ['usb does not fit', 'port does not fit'],
  ],
  ['a vendor without a product', '{ type: hid, usb: 05e0 }', ['usb not accepted']],
  ['a serial number that YAML takes for a number', '{ type: hid, serial_number: 007 }', ['serial_number not accepted']],
  ['a port that is no USB port', '{ type: hid, port: /dev/hidraw0 }', ['port not accepted']],
  ['a layout that nobody knows', '{ type: hid, layout: dvorak }', ['layout not accepted']],
  ['a line of six bits', '{ type: serial, path: /dev/gun, data_bits: 6 }', ['data_bits not accepted']],
  ['a parity that nobody uses', '{ type: serial, path: /dev/gun, parity: mark }', ['parity not accepted']],
  ['another flow control', '{ type: serial, path: /dev/gun, flow_control: dtr }', ['flow_control not accepted']],
  ['a command that is no bytes', '{ type: serial, path: /dev/gun, commands: { armed: "扫" } }', ['commands.armed not accepted']],
  ['a command without bytes', '{ type: serial, path: /dev/gun, commands: { armed: "" } }', ['commands.armed not accepted']],
  ['commands to a keyboard', '{ type: hid, commands: { armed: x } }', ['commands unknown key']],
]

for (const [what, gun, mistakes] of REFUSED) {
  test(`refused: ${what}`, t => {
    assert.deepEqual(
      new Workshop(t).mistakes(withGuns(gun)),
      mistakes.map(mistake => `9 lanes[0].scanner.${mistake}`),
    )
  })
}
