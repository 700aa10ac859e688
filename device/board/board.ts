import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Board } from '../../core/ports.ts'

/**
 * What names this board and does not travel with its card. Nothing in this room decides what follows from it. `root` is the folder that
 * the kernel's files are under.
 */
export function readBoard(root = '/'): Board {
  const soc = firstOf(root, ['proc/device-tree/serial-number', 'sys/firmware/devicetree/base/serial-number'])
  const machine = firstOf(root, ['sys/class/dmi/id/product_uuid', 'sys/class/dmi/id/board_serial'])
  const mac = fixedAddress(root)
  return {
    ...(soc === undefined ? {} : { soc }),
    ...(machine === undefined ? {} : { machine }),
    ...(mac === undefined ? {} : { mac }),
  }
}

/** What makers write where they have written nothing: one character over and over, counting up, or a word. */
const PLACEHOLDER = /^(.)\1*$|^0123456789|^03000200040005000006000700080009$|^(default|none|not |to be |system|unknown)/i
const CHARS_MAX = 128

function firstOf(root: string, paths: readonly string[]): string | undefined {
  return paths.map(path => read(join(root, path))).find(text => text !== undefined && !PLACEHOLDER.test(text.replaceAll('-', '')))
}

/**
 * The address of the first interface by name that is built in, as its maker has set it: a virtual one has no device, one on USB may be
 * plugged into another board. Source: Linux, Documentation/ABI/testing/sysfs-class-net, `addr_assign_type` 0.
 */
function fixedAddress(root: string): string | undefined {
  const folder = join(root, 'sys/class/net')
  for (const name of list(folder)) {
    const bus = linkOf(join(folder, name, 'device/subsystem'))
    if (bus === undefined || bus === 'usb' || read(join(folder, name, 'addr_assign_type')) !== '0') continue
    const address = read(join(folder, name, 'address'))
    if (address !== undefined && isMakers(address)) return address
  }
  return undefined
}

/** An address that was made up, as those of virtual machines are, says so in its second lowest bit. Source: IEEE 802, the U/L bit. */
function isMakers(address: string): boolean {
  return /^[0-9a-f][048c](:[0-9a-f]{2}){5}$/i.test(address) && !PLACEHOLDER.test(address.replaceAll(':', ''))
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return [] // no such folder, as in a container: nothing is known there
  }
}

/** Undefined for what is not there, may not be read, or is empty. The device tree ends its texts with a zero byte. */
function read(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').replaceAll('\0', '').trim().slice(0, CHARS_MAX)
    return text === '' ? undefined : text
  } catch {
    return undefined // a board without it, or a user without the right: another name will do
  }
}

function linkOf(path: string): string | undefined {
  try {
    return basename(readlinkSync(path))
  } catch {
    return undefined // as above
  }
}
