import type { HidDevice, Plugged, SerialDevice } from './plugged.ts'
import { ScannerError } from './scanner.ts'

/** Which of the guns that are plugged in is meant: each part that is named has to fit. */
export interface GunChoice {
  /** Vendor and product, as `0c2e:0b81`. */
  readonly usb?: string
  readonly serialNumber?: string
  /** The USB port, as `1-1.2`. */
  readonly port?: string
}

/**
 * Makers of guns, by the vendor numbers under which they come: a keyboard of one of these is a gun. Source: usb.ids 2025.07.26; the
 * udev rules have the same list.
 */
export const GUN_MAKERS: ReadonlyMap<string, string> = new Map([
  ['0536', 'Honeywell (Hand Held Products)'],
  ['05e0', 'Zebra (Symbol)'],
  ['05f9', 'Datalogic (PSC)'],
  ['065a', 'Opticon'],
  ['067e', 'Honeywell (Intermec)'],
  ['0745', 'CipherLab'],
  ['076d', 'Denso'],
  ['080c', 'Datalogic'],
  ['0c2e', 'Honeywell (Metrologic)'],
  ['1eab', 'Newland'],
  ['27dd', 'Mindeo'],
])

/** One gun: what is read of it, and all that it comes as. */
export interface ChosenHid {
  readonly gun: HidDevice
  readonly interfaces: readonly HidDevice[]
}

/** The only serial gun that fits. Throws a `ScannerError` where there is none, or more than one. */
export function chooseSerial(devices: readonly SerialDevice[], choice: GunChoice): SerialDevice {
  const [device, ...others] = devices.filter(candidate => candidate.usb !== undefined && fits(candidate, choice))
  if (device === undefined) throw missing(choice)
  if (others.length > 0) throw ambiguous([device, ...others])
  return device
}

/** The only HID gun that fits; where nothing is named, the only one that is likely to be one. Throws as {@link chooseSerial}. */
export function chooseHid(devices: readonly HidDevice[], choice: GunChoice): ChosenHid {
  const fitting = devices.filter(device => fits(device, choice))
  const isNamed = choice.usb !== undefined || choice.serialNumber !== undefined || choice.port !== undefined
  const likely = fitting.filter(isSurelyGun)
  const candidates = isNamed || likely.length === 0 ? fitting : likely
  const guns = [...Map.groupBy(candidates, ({ port, path }) => port ?? path).values()]
  const [first = [], ...others] = guns
  // A gun that comes as both is read as what needs no layout.
  const gun = first.find(({ kind }) => kind === 'pos') ?? first.toSorted((a, b) => a.interfaceNumber - b.interfaceNumber)[0]
  if (gun === undefined) throw missing(choice)
  if (others.length > 0) throw ambiguous(guns.flatMap(interfaces => interfaces.slice(0, 1)))
  return { gun, interfaces: devices.filter(({ port, path }) => (port ?? path) === (gun.port ?? gun.path)) }
}

/** What guns call themselves whose makers nobody knows; the udev rules have the same words. */
const GUN_NAME = /scanner|bar ?code/i

/** Not a keyboard that somebody types on. */
export function isSurelyGun({ kind, usb, name }: HidDevice): boolean {
  return kind === 'pos' || GUN_MAKERS.has(usb?.slice(0, 4) ?? '') || GUN_NAME.test(name)
}

function fits(device: Plugged, { usb, serialNumber, port }: GunChoice): boolean {
  return (
    (usb === undefined || usb === device.usb) &&
    (serialNumber === undefined || serialNumber === device.serialNumber) &&
    (port === undefined || port === device.port)
  )
}

function missing({ usb, serialNumber, port }: GunChoice): ScannerError {
  const named = [usb, serialNumber && `serial number ${serialNumber}`, port && `port ${port}`].filter(Boolean).join(', ')
  return new ScannerError('missing', named === '' ? 'no gun is plugged in' : `no gun is plugged in as ${named}`)
}

function ambiguous(devices: readonly Plugged[]): ScannerError {
  const named = devices.map(({ path, usb, port }) => `${path} (${[usb, port].filter(Boolean).join(' at ')})`)
  return new ScannerError('ambiguous', `any of these could be the gun: ${named.join(', ')}`)
}
