import { NOT_READY } from '../../../core/contract/not-ready.ts'
import type { Clock } from '../../../core/ports.ts'
import type { LaneConfig } from '../../config/index.ts'
import { openHidScanner } from '../../scanner/hid/scanner.ts'
import { type Scanner, ScannerError, type ScannerParts } from '../../scanner/scanner.ts'
import { openSerialScanner } from '../../scanner/serial.ts'
import { DAEMON_HAS_IT, type Finding, good, leftOut, trouble } from './finding.ts'
import { within } from './time-limit.ts'

const OPEN_WITHIN_MS = 3_000
const CLOSE_WITHIN_MS = 1_000

/** Whether a lane's gun can be opened. What it reads meanwhile is let go. */
export async function checkGun({ name, scanner }: LaneConfig, clock: Clock, hasDaemon: boolean): Promise<readonly Finding[]> {
  const subject = { part: 'gun', of: name } as const
  if (scanner.type === 'terminal' || scanner.type === 'none') return [leftOut(subject, `scanner.type is ${scanner.type}`)]
  if (hasDaemon) return [leftOut(subject, DAEMON_HAS_IT)]
  const { promise, resolve } = Promise.withResolvers<ScannerError | null>()
  const gun = open(scanner, {
    clock,
    onScan: () => {},
    onHealth: (ready, why = new ScannerError('failed', 'closed')) => resolve(ready ? null : why),
  })
  const late = () => new ScannerError('failed', 'the line cannot be opened in time, or does not fall silent')
  const why = await within(clock, OPEN_WITHIN_MS, promise, late)
  await within(clock, CLOSE_WITHIN_MS, gun.close(), () => {})
  const named = nameOf(scanner)
  if (why === null) return [good(subject, `${named} can be read`)]
  const word = `scanner_${why.fault}` as const
  return [trouble(subject, [word], `${named}: ${NOT_READY[word].means} (${why.message})`)]
}

type GunConfig = Extract<LaneConfig['scanner'], { type: 'serial' | 'hid' }>

/** A gun that is only looked at is sent nothing. */
function open(scanner: GunConfig, parts: ScannerParts): Scanner {
  return scanner.type === 'serial' ? openSerialScanner({ ...scanner, commands: {} }, parts) : openHidScanner(scanner, parts)
}

/** As the configuration names it. */
function nameOf({ type, device }: GunConfig): string {
  if ('path' in device) return device.path
  const { usb, serialNumber, port } = device
  return [`${type} gun`, usb, serialNumber, port].filter(part => part !== undefined).join(' ')
}
