import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { describe } from '../../device/commands/guns/lines.ts'
import { listHid, listSerial } from '../../device/scanner/plugged.ts'
import { LEAST, Workshop } from '../config/workshop.ts'
import { Page } from '../docs/page.ts'
import { KEYBOARD, POS } from '../scanner/hid/descriptors.ts'
import { Plugs } from '../scanner/plugs.ts'
import { CommandProcess } from './command.ts'

const HONEYWELL = { usb: '0c2e:0b8a', maker: 'Honeywell', product: 'Voyager 1450g', serialNumber: '17043B0123', port: '1-1.2' }
const ZEBRA = { usb: '05e0:1200', serialNumber: 'S/N:1', port: '1-1.3' }
const KEYS = { usb: '1a2c:2124', port: '1-1.4' }

function described(plugs: Plugs): string {
  return describe({ serial: listSerial(plugs), hid: listHid(plugs) }).replaceAll(plugs.dev, '/dev')
}

test('what is plugged in is listed as the page shows it', t => {
  const plugs = new Plugs(t)
  plugs.tty('ttyACM0', { on: HONEYWELL, byId: 'usb-Honeywell_Voyager_1450g_17043B0123-if00' })
  plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, name: 'Symbol Bar Code Scanner', on: ZEBRA })
  plugs.hid({ node: 'hidraw1', descriptor: KEYBOARD, name: 'USB Keyboard', on: KEYS })
  assert.equal(
    described(plugs).trimEnd(),
    new Page('docs/commands.md')
      .fences('text')
      .find(text => text.startsWith('/dev/ttyACM0'))
      ?.trimEnd(),
  )
})

test('the lines to paste make a configuration that reads just that gun, also where two are of one make', t => {
  const plugs = new Plugs(t)
  plugs.tty('ttyAMA0')
  plugs.tty('ttyUSB0', { on: { usb: '0403:6001', port: '1-2' } })
  plugs.hid({ node: 'hidraw0', descriptor: POS, on: { usb: '1eab:1310', port: '1-1.3' } })
  plugs.hid({ node: 'hidraw1', descriptor: POS, on: { usb: '1eab:1310', port: '1-1.4' } })
  const lines = described(plugs)
    .split('\n')
    .filter(line => line.includes('scanner:'))
  const scanners = lines.map(line => parse(line).scanner)
  assert.deepEqual(scanners, [
    { type: 'serial', path: '/dev/ttyAMA0', baud_rate: 9_600 },
    { type: 'serial', path: '/dev/ttyUSB0' },
    { type: 'hid', usb: '1eab:1310', port: '1-1.3' },
    { type: 'hid', usb: '1eab:1310', port: '1-1.4' },
  ])
  const lanes = lines.map((line, index) => `  - name: lane-${index}\n    ${line.trim()}\n`).join('')
  assert.equal(new Workshop(t).load(`${LEAST.slice(0, LEAST.indexOf('  - name'))}${lanes}`).lanes.length, 4)
})

test('the command lists, on whatever machine, and ends', async t => {
  const command = new CommandProcess(t, ['guns'])
  assert.equal(await command.ended(), 0)
  assert.match(command.output, /^(Nothing is plugged in that could be a gun\.|\/dev\/)/)
})
