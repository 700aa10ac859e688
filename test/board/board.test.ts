import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readBoard } from '../../device/board/board.ts'

/** A machine with these files of the kernel, and interfaces on a bus. */
function machine(t: TestContext, files: Readonly<Record<string, string>>, buses: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'tillbridge-board-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [name, bus] of Object.entries(buses)) {
    const device = join(root, 'sys/class/net', name, 'device')
    mkdirSync(device, { recursive: true })
    symlinkSync(`../../../../bus/${bus}`, join(device, 'subsystem'))
  }
  return root
}

test('a board is known by the serial number of its SoC, which ends with a zero byte', t => {
  assert.deepEqual(readBoard(machine(t, { 'proc/device-tree/serial-number': '10000000deadbeef\0' })), { soc: '10000000deadbeef' })
  const elsewhere = machine(t, { 'sys/firmware/devicetree/base/serial-number': '10000000deadbeef\0' })
  assert.deepEqual(readBoard(elsewhere), { soc: '10000000deadbeef' })
})

test('a machine is known by the id that its maker gave it', t => {
  const uuid = '4c4c4544-0051-3210-8058-b6c04f4d4d31'
  assert.deepEqual(readBoard(machine(t, { 'sys/class/dmi/id/product_uuid': `${uuid}\n` })), { machine: uuid })
})

test('what a maker wrote who had nothing to write names no board', t => {
  for (const text of [
    '0000000000000000',
    '\0',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '03000200-0400-0500-0006-000700080009',
    'Default string',
    'To be filled by O.E.M.',
    '0123456789',
  ]) {
    const files = { 'proc/device-tree/serial-number': text, 'sys/class/dmi/id/product_uuid': text }
    assert.deepEqual(readBoard(machine(t, files)), {}, text)
  }
})

test('an interface that is built in has an address to go by; one on USB, one that was given its address, or made it up, and a virtual one have not', t => {
  const net = (name: string, address: string, assign = '0') => ({
    [`sys/class/net/${name}/address`]: `${address}\n`,
    [`sys/class/net/${name}/addr_assign_type`]: `${assign}\n`,
  })
  const files = {
    ...net('dummy0', '02:00:00:00:00:01'),
    ...net('enx1', '02:00:00:00:00:02'),
    ...net('eth0', '02:00:00:00:00:03', '3'),
    ...net('ens0', '02:fc:00:00:00:01'),
    ...net('eth1', 'dc:a6:32:00:00:04'),
    ...net('wlan0', 'dc:a6:32:00:00:05'),
  }
  const root = machine(t, files, { ens0: 'virtio', enx1: 'usb', eth0: 'platform', eth1: 'platform', wlan0: 'sdio' })
  assert.deepEqual(readBoard(root), { mac: 'dc:a6:32:00:00:04' })
})

test('where there is nothing of the kind nothing is known', t => {
  assert.deepEqual(readBoard(machine(t, {})), {})
})
