/**
 * What is wrong with one line. `no_gpio`: the kernel has no GPIO of the kind that the driver needs. `failed`: the kernel took a call
 * badly.
 */
export type LineFault = 'no_gpio' | 'no_such_chip' | 'no_such_line' | 'taken' | 'no_permission' | 'failed'

/** One line cannot be used. It stays dark; nothing else stops for it, but the lane whose lock hangs on it. */
export class LineError extends Error {
  readonly code = 'INDICATOR_LINE'
  readonly fault: LineFault
  constructor(fault: LineFault, message: string) {
    super(message)
    this.name = 'LineError'
    this.fault = fault
  }
}

/** A driver cannot be used on this machine, because its library is not there. The message says how to get it. */
export class DriverUnavailableError extends Error {
  readonly code = 'INDICATOR_DRIVER_UNAVAILABLE'
  constructor(driver: string, libraries: string, why: unknown, remedy: string) {
    super(`the ${driver} driver needs ${libraries}, which does not load (${firstLine(why)}): ${remedy}; or choose another driver`)
    this.name = 'DriverUnavailableError'
  }
}

/** What the system said, as an error of the line. */
export function toLineError(error: unknown, about = ''): LineError {
  if (error instanceof LineError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return new LineError(faultOf(code), `${about}${firstLine(error)}`)
}

/** What a system's error code means for a line. */
export function faultOf(code: unknown): LineFault {
  if (code === 'EBUSY') return 'taken'
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO') return 'no_gpio'
  return code === 'EACCES' || code === 'EPERM' ? 'no_permission' : 'failed'
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
