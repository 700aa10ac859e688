import { type HidDevice, listHid } from '../plugged.ts'
import { faultOf, ScannerError } from '../scanner.ts'

/** A device that is being read. */
export interface HidLine {
  close(): Promise<void>
}

export interface HidLineParts {
  /** A report as the device sent it, its number in front where it has one. */
  onReport(report: Uint8Array): void
  /** The last that is heard of it. */
  onError(error: Error): void
}

/** HID devices: what is plugged in, and what it sends. */
export interface HidBus {
  list(): readonly HidDevice[]
  /** Rejects with a `ScannerError`. */
  open(path: string, parts: HidLineParts): Promise<HidLine>
}

/** hidraw by the add-on node-hid, which is loaded when the first device is opened: whoever has no HID gun does without it. */
export const hidraw: HidBus = { list: listHid, open: (path, parts) => openHidraw(path, parts) }

/** What is used of the add-on. */
type NodeHid = Pick<typeof import('node-hid'), 'HIDAsync' | 'getHidapiVersion'>

const NOT_LOADED = 'the add-on node-hid cannot be loaded; it needs `npm ci` with optional packages, and libusb-1.0-0 and libudev1'

/** `load` gives the add-on. */
export async function openHidraw(
  path: string,
  { onReport, onError }: HidLineParts,
  load: () => Promise<NodeHid> = () => import('node-hid').then(module => module.default),
): Promise<HidLine> {
  const { HIDAsync } = await loaded(load)
  const device = await HIDAsync.open(path).catch((error: unknown) => {
    throw faultOf(asError(error))
  })
  device.on('error', error => onError(asError(error)))
  device.on('data', (report: Buffer) => onReport(report))
  // A device that is gone cannot be closed in order, and is no worse for it.
  return { close: () => device.close().catch(() => {}) }
}

async function loaded(load: () => Promise<NodeHid>): Promise<NodeHid> {
  try {
    const hid = await load()
    // The package loads without its add-on, which asking for the version loads.
    hid.getHidapiVersion()
    return hid
  } catch (error) {
    throw new ScannerError('driver', `${NOT_LOADED} (${asError(error).message.split('\n')[0]})`)
  }
}

/** The add-on gives some of its errors as texts. */
function asError(error: unknown): Error {
  return error instanceof Error ? error : new ScannerError('failed', String(error))
}
