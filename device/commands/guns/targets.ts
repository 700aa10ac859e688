import { chooseHid, isSurelyGun } from '../../scanner/choice.ts'
import type { LayoutName } from '../../scanner/hid/layout.ts'
import { HID_GAP_MS } from '../../scanner/hid/scanner.ts'
import type { HidDevice, SerialDevice } from '../../scanner/plugged.ts'
import { SERIAL_GAP_MS, type SerialLine } from '../../scanner/serial.ts'
import { tapHid, tapSerial } from '../../scanner/tap.ts'
import type { Way } from './judgement.ts'
import { type Extras, hidLine, type PluggedIn, serialLine } from './lines.ts'
import type { Target } from './live.ts'

/** How guns are listened to, and which. */
export interface Listening {
  /** This one alone; else every USB device that is surely a gun or an adapter, and nobody's keyboard. */
  readonly path?: string
  readonly line: SerialLine
  readonly layout: LayoutName
  /** What of this was asked for, as keys of the configuration. */
  readonly lineExtras: Extras
  readonly layoutExtras: Extras
}

export function targetsOf({ serial, hid }: PluggedIn, listening: Listening): readonly Target[] {
  const { path } = listening
  const guns = [...Map.groupBy(hid, ({ port, path: own }) => port ?? own).values()].map(interfaces => chooseHid(interfaces, {}))
  const hidTargets = guns
    .filter(({ gun, interfaces }) => (path === undefined ? isSurelyGun(gun) : interfaces.some(one => one.path === path)))
    .map(chosen => hidTarget(chosen, hid, listening))
  const serialTargets = serial
    .filter(device => (path === undefined ? device.usb !== undefined : device.path === path || device.stablePath === path))
    .map(device => serialTarget(device, listening))
  const found = [...serialTargets, ...hidTargets]
  // A pseudo-terminal, or a name that is not under /dev/serial/by-id.
  return path === undefined || found.length > 0 ? found : [serialTarget({ path, stablePath: path, name: '' }, listening)]
}

function serialTarget(device: SerialDevice, { line, lineExtras }: Listening): Target {
  return {
    path: device.path,
    way: { by: 'serial', gapMs: SERIAL_GAP_MS, isCdc: device.path.includes('/ttyACM') },
    open: parts => tapSerial(device.path, line, parts),
    line: change => serialLine(device, { ...lineExtras, ...change }),
  }
}

function hidTarget(chosen: ReturnType<typeof chooseHid>, all: readonly HidDevice[], listening: Listening): Target {
  const { gun } = chosen
  const { layout, layoutExtras } = listening
  const way: Way = gun.kind === 'pos' ? { by: 'pos' } : { by: 'keyboard', gapMs: HID_GAP_MS, layout }
  return {
    path: gun.path,
    way,
    open: parts => tapHid(chosen, layout, parts),
    line: change => hidLine(gun, all, { ...(gun.kind === 'keyboard' && layoutExtras), ...change }),
  }
}
