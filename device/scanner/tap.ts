import type { ChosenHid } from './choice.ts'
import { type HidBus, hidraw } from './hid/bus.ts'
import { keepOffConsole } from './hid/console.ts'
import { createDecoder } from './hid/decoder.ts'
import type { LayoutName } from './hid/layout.ts'
import { faultOf, type ScannerError } from './scanner.ts'
import { openPort, type SerialLine } from './serial.ts'

/** A gun whose bytes are looked at as they come, before anything is made of them. */
export interface Tap {
  /** The gun is given back, and types as before. */
  close(): Promise<void>
}

export interface TapParts {
  onBytes(bytes: Uint8Array): void
  /** The last that is heard of it. */
  onEnded(why: ScannerError): void
}

/** Opens a line alone. Rejects with a `ScannerError`. */
export function tapSerial(path: string, line: SerialLine, { onBytes, onEnded }: TapParts): Promise<Tap> {
  const port = openPort(path, line)
  const close = () => {
    port.removeAllListeners('close')
    return new Promise<void>(resolve => port.close(() => resolve()))
  }
  return new Promise((resolve, reject) => {
    port.open(error => {
      if (error !== null) {
        reject(faultOf(error))
        return
      }
      port.on('data', onBytes)
      port.on('error', failure => onEnded(faultOf(failure)))
      port.on('close', (failure: Error | null) => onEnded(faultOf(failure)))
      resolve({ close })
    })
  })
}

/** What a gun types, as bytes; meanwhile it is kept off the console. Rejects with a `ScannerError`. */
export async function tapHid(chosen: ChosenHid, layout: LayoutName, parts: TapParts, bus: HidBus = hidraw): Promise<Tap> {
  const { gun, interfaces } = chosen
  const kept = keepOffConsole(interfaces.flatMap(({ inhibitors }) => inhibitors))
  const decoder = createDecoder(gun.descriptor, layout)
  try {
    const line = await bus.open(gun.path, {
      onReport: report => parts.onBytes(decoder.decode(report)),
      onError: error => parts.onEnded(faultOf(error)),
    })
    return { close: () => line.close().finally(() => kept.undo()) }
  } catch (error) {
    kept.undo()
    throw error
  }
}
