/** What is wrong with one line. `no_sysfs`: the kernel has no GPIO in sysfs. `failed`: the kernel took a write badly. */
export type LineFault = 'no_sysfs' | 'no_such_chip' | 'no_such_line' | 'taken' | 'no_permission' | 'failed'

/** One line cannot be used. It stays dark; nothing else stops for it. */
export class LineError extends Error {
  readonly code = 'INDICATOR_LINE'
  readonly fault: LineFault
  constructor(fault: LineFault, message: string) {
    super(message)
    this.name = 'LineError'
    this.fault = fault
  }
}

/** The sysfs driver cannot be used on this machine, because its library is not there. The message says how to get it. */
export class SysfsUnavailableError extends Error {
  readonly code = 'INDICATOR_SYSFS_UNAVAILABLE'
  constructor(why: string) {
    super(
      `the sysfs driver of the lights needs onoff and epoll, which do not load (${why}): install python3, make and g++, then run npm ci again; or choose another driver`,
    )
    this.name = 'SysfsUnavailableError'
  }
}
