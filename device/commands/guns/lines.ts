import { isSurelyGun } from '../../scanner/choice.ts'
import type { HidDevice, Plugged, SerialDevice } from '../../scanner/plugged.ts'

/** What is plugged in, in words, with the lines to paste. Pure. */

/** Everything that may be a gun. */
export interface PluggedIn {
  readonly serial: readonly SerialDevice[]
  readonly hid: readonly HidDevice[]
}

/** Keys of the configuration that stand beside those that name a gun. */
export type Extras = Readonly<Record<string, string | number>>

/** Where the line goes that keeps one gun off the console. */
const OWN_RULES = '/etc/udev/rules.d/61-tillbridge-guns.rules'

/** Each device, with the line that makes a configuration read it. */
export function describe({ serial, hid }: PluggedIn): string {
  if (serial.length + hid.length === 0) return 'Nothing is plugged in that could be a gun.\n'
  return [...serial.map(describeSerial), ...hid.map(device => describeHid(device, hid))].join('')
}

/** The configuration's line for a serial gun. */
export function serialLine({ stablePath, usb }: SerialDevice, extras: Extras = {}): string {
  return scannerLine({ type: 'serial', path: stablePath, ...(usb === undefined && { baud_rate: 9_600 }), ...extras })
}

/** The configuration's line for an HID gun: what tells it from all others that are plugged in. */
export function hidLine(device: HidDevice, all: readonly HidDevice[], extras: Extras = {}): string {
  const { usb, serialNumber, port } = device
  const twins = all.filter(other => other.usb === usb && other.serialNumber === serialNumber && other.port !== port)
  return scannerLine({
    type: 'hid',
    ...(usb !== undefined && { usb: JSON.stringify(usb) }),
    ...(serialNumber !== undefined && { serial_number: JSON.stringify(serialNumber) }),
    ...(port !== undefined && twins.length > 0 && { port }),
    ...extras,
  })
}

function scannerLine(keys: Extras): string {
  const written = Object.entries(keys).map(([key, value]) => `${key}: ${value}`)
  return `scanner: { ${written.join(', ')} }`
}

function describeSerial(device: SerialDevice): string {
  const what = device.usb === undefined ? "serial, the board's own" : 'serial'
  return headOf(device, what) + indented(serialLine(device))
}

function describeHid(device: HidDevice, all: readonly HidDevice[]): string {
  const isGun = isSurelyGun(device)
  const keyboard = isGun ? 'HID keyboard' : "HID keyboard: somebody's, or a gun that does not say so"
  const head = headOf(device, device.kind === 'pos' ? 'HID POS' : keyboard)
  return head + indented(hidLine(device, all)) + (isGun ? '' : ownRule(device))
}

function headOf({ path, name, usb, serialNumber, port }: Plugged, what: string): string {
  const rest = [name, usb, serialNumber && `serial number ${serialNumber}`, port && `port ${port}`].filter(Boolean)
  return `${path}  ${what}${rest.map(part => `  ${part}`).join('')}\n`
}

/** For a gun that the project's own rules do not know. */
function ownRule({ usb }: HidDevice): string {
  const [vendor, product] = usb?.split(':') ?? []
  if (vendor === undefined || product === undefined) return ''
  const rule = `SUBSYSTEM=="input", KERNEL=="input[0-9]*", ATTRS{idVendor}=="${vendor}", ATTRS{idProduct}=="${product}", ATTR{inhibited}="1"`
  return indented(`if it is a gun, in ${OWN_RULES}:`) + indented(rule)
}

export function indented(line: string): string {
  return `    ${line}\n`
}
