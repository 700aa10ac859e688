import type { LaneConfig } from '../../config/index.ts'
import { addressText } from '../../indicator/gpio-chip.ts'
import { DriverUnavailableError, LineError } from '../../indicator/line-error.ts'
import { type DriverParts, loadDriver } from '../../indicator/load-driver.ts'
import { bad, DAEMON_HAS_IT, type Finding, good, leftOut } from './finding.ts'
import { LINE_REMEDY } from './light.ts'

/** Whether the line of a kiosk's lock can be had. It is off all the time: nobody has paid. */
export function checkLock({ name, lock }: LaneConfig, machine: DriverParts, hasDaemon: boolean): readonly Finding[] {
  const subject = { part: 'lock', of: name } as const
  if (lock === undefined) return []
  if (lock.driver === 'terminal') return [leftOut(subject, 'lock.driver is terminal')]
  if (hasDaemon) return [leftOut(subject, DAEMON_HAS_IT)]
  try {
    loadDriver(lock.driver, machine).open(lock.line, lock.wiring).close()
    return [good(subject, `${addressText(lock.line)} can be driven; it was left off`)]
  } catch (error) {
    if (error instanceof DriverUnavailableError) return [bad(subject, 'the lock cannot be driven', error.message)]
    if (!(error instanceof LineError)) throw error
    return [bad(subject, `${addressText(lock.line)}: ${error.message}`, LINE_REMEDY[error.fault])]
  }
}
