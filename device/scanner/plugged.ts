import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type HidKind, kindOf } from './hid/decoder.ts'

/**
 * What is plugged in, as the kernel tells it in sysfs: this needs no driver, opens nothing and starts no other program.
 * Source: Linux, Documentation/ABI/testing/sysfs-bus-usb, sysfs-driver-hid, sysfs-class-input.
 */

/** Where the kernel's trees are mounted. */
export interface Places {
  readonly sys: string
  readonly dev: string
}

const PLACES: Places = { sys: '/sys', dev: '/dev' }

/** How one device is told from others. */
export interface Plugged {
  /** What is opened, such as /dev/ttyUSB0. */
  readonly path: string
  /** What its maker calls it; may be empty. */
  readonly name: string
  /** Vendor and product, as `0c2e:0b81`. */
  readonly usb?: string
  readonly serialNumber?: string
  /** The USB port, as bus and the ports on the way: `1-1.2`. */
  readonly port?: string
}

export interface SerialDevice extends Plugged {
  /** A name that stays the same at every port; the path where there is none. */
  readonly stablePath: string
}

export interface HidDevice extends Plugged {
  readonly kind: HidKind
  /** Of the interfaces of one gun, which. */
  readonly interfaceNumber: number
  readonly descriptor: Uint8Array
  /** The files that keep what it types off consoles and screens: one for each keyboard that the kernel has made of it. */
  readonly inhibitors: readonly string[]
}

const TEXT_CHARS_MAX = 128
/** From a device to the USB device that it belongs to there are a few folders only. */
const CLIMB_MAX = 12
/** A port that the kernel has a name for, and the board has not. Source: linux/serial.h, PORT_UNKNOWN. */
const NO_UART = '0'

/** Serial lines of real devices: USB guns and adapters, and the board's own. */
export function listSerial(places: Places = PLACES): readonly SerialDevice[] {
  const stable = stableNames(places)
  return entriesOf(join(places.sys, 'class/tty')).flatMap(tty => {
    const folder = join(places.sys, 'class/tty', tty)
    const device = realPathOf(join(folder, 'device'))
    if (device === null || attribute(join(folder, 'type')) === NO_UART) return []
    const path = join(places.dev, tty)
    return [{ path, stablePath: stable.get(tty) ?? path, ...usbIdentity(device) }]
  })
}

/** Keyboards and bar code scanners, on any bus. */
export function listHid(places: Places = PLACES): readonly HidDevice[] {
  return entriesOf(join(places.sys, 'class/hidraw')).flatMap(node => {
    const device = realPathOf(join(places.sys, 'class/hidraw', node, 'device'))
    const descriptor = device === null ? null : bytesOf(join(device, 'report_descriptor'))
    const kind = descriptor === null ? null : kindOf(descriptor)
    if (device === null || descriptor === null || kind === null) return []
    const path = join(places.dev, node)
    return [{ path, kind, descriptor, inhibitors: inhibitorsOf(device), ...hidIdentity(device) }]
  })
}

function inhibitorsOf(device: string): readonly string[] {
  const inputs = entriesOf(join(device, 'input')).filter(name => name.startsWith('input'))
  return inputs.map(input => join(device, 'input', input, 'inhibited'))
}

function hidIdentity(device: string): Omit<Plugged, 'path'> & { readonly interfaceNumber: number } {
  const uevent = new Map(
    attribute(join(device, 'uevent'))
      ?.split('\n')
      .map(line => splitOnce(line, '=')),
  )
  const [, vendor, product] = /^[0-9A-F]{4}:0000([0-9A-F]{4}):0000([0-9A-F]{4})$/i.exec(uevent.get('HID_ID') ?? '') ?? []
  const serialNumber = textOf(uevent.get('HID_UNIQ'))
  const { port, ...usb } = usbIdentity(device)
  return {
    ...usb,
    name: textOf(uevent.get('HID_NAME')),
    ...(vendor !== undefined && product !== undefined && { usb: `${vendor}:${product}`.toLowerCase() }),
    ...(serialNumber !== '' && { serialNumber }),
    ...(port !== undefined && { port }),
    interfaceNumber: Number(/\/input(\d+)$/.exec(uevent.get('HID_PHYS') ?? '')?.[1] ?? 0),
  }
}

/** What the USB device says that `device` is a part of; little where there is none. */
function usbIdentity(device: string): Omit<Plugged, 'path'> {
  let folder = device
  for (let climbed = 0; climbed < CLIMB_MAX; climbed += 1, folder = dirname(folder)) {
    const vendor = attribute(join(folder, 'idVendor'))
    const product = attribute(join(folder, 'idProduct'))
    if (vendor === undefined || product === undefined) continue
    const serialNumber = textOf(attribute(join(folder, 'serial')))
    const name = [attribute(join(folder, 'manufacturer')), attribute(join(folder, 'product'))].map(textOf).join(' ').trim()
    return { name, usb: `${vendor}:${product}`, ...(serialNumber !== '' && { serialNumber }), port: basename(folder) }
  }
  return { name: '' }
}

/** Of each tty the name under /dev/serial/by-id. */
function stableNames({ dev }: Places): ReadonlyMap<string, string> {
  const folder = join(dev, 'serial/by-id')
  return new Map(
    entriesOf(folder).flatMap(name => {
      const tty = realPathOf(join(folder, name))
      return tty === null ? [] : [[basename(tty), join(folder, name)] as const]
    }),
  )
}

/** What may go away at any moment is not there: whoever opens it is told what is wrong with it. */
function ifThere<Found>(read: () => Found): Found | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return null
    throw error
  }
}

function entriesOf(folder: string): readonly string[] {
  const names = ifThere(() => readdirSync(folder)) ?? []
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

function realPathOf(path: string): string | null {
  return ifThere(() => realpathSync(path))
}

function bytesOf(path: string): Uint8Array | null {
  return ifThere(() => readFileSync(path))
}

function attribute(path: string): string | undefined {
  return ifThere(() => readFileSync(path, 'utf8'))?.trim()
}

/** What a device says of itself is shown on terminals: as printable text, and not much of it. */
function textOf(said = ''): string {
  return said
    .replace(/[^\x20-\x7e\u00a1-\uffff]/g, '')
    .trim()
    .slice(0, TEXT_CHARS_MAX)
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)]
}
