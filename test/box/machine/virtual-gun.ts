/**
 * Runs on the board, by itself: a gun that Linux' own HID core takes for one that was plugged in, for QEMU has no bar code scanner. Its
 * argument is its report descriptor; each line on its standard input is a report, all in hex. It is pulled out when this ends.
 * Source: Linux, Documentation/hid/uhid.rst and include/uapi/linux/uhid.h.
 */
import { openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'

const UHID_CREATE2 = 11
const UHID_INPUT2 = 12
const BUS_USB = 3
/** Of a maker of guns. */
const VENDOR = 0x0c2e
const PRODUCT = 0x0b81

/** Where the fields of `struct uhid_create2_req` stand behind the kind of the event, which are 4 bytes. */
const NAME = 4
const DESCRIPTOR_SIZE = NAME + 128 + 64 + 64
const DESCRIPTOR = DESCRIPTOR_SIZE + 2 + 2 + 4 * 4
const EVENT_BYTES = DESCRIPTOR + 4_096

const gun = openSync('/dev/uhid', 'r+')
plugIn(Buffer.from(process.argv[2] ?? '', 'hex'))
createInterface({ input: process.stdin }).on('line', line => send(Buffer.from(line, 'hex')))

function plugIn(descriptor: Buffer): void {
  const event = Buffer.alloc(EVENT_BYTES)
  event.writeUInt32LE(UHID_CREATE2)
  event.write('Virtual gun', NAME)
  event.writeUInt16LE(descriptor.length, DESCRIPTOR_SIZE)
  event.writeUInt16LE(BUS_USB, DESCRIPTOR_SIZE + 2)
  event.writeUInt32LE(VENDOR, DESCRIPTOR_SIZE + 4)
  event.writeUInt32LE(PRODUCT, DESCRIPTOR_SIZE + 8)
  descriptor.copy(event, DESCRIPTOR)
  writeSync(gun, event)
}

function send(report: Buffer): void {
  const event = Buffer.alloc(6 + report.length)
  event.writeUInt32LE(UHID_INPUT2)
  event.writeUInt16LE(report.length, 4)
  report.copy(event, 6)
  writeSync(gun, event)
}
