import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { getSystemErrorName } from 'node:util'
import type { GpioCalls } from './gpio-device.ts'
import { DriverUnavailableError, faultOf, LineError } from './line-error.ts'

/** What is used of koffi. */
interface Koffi {
  load(library: null): { func(declaration: string): (fd: number, request: number, type: 'void *', data: Buffer) => number }
  errno(): number
}

const require = createRequire(import.meta.url)

/**
 * The calls of this machine. Node has no ioctl, so koffi calls the C library's: an optional dependency with binaries for arm, arm64 and
 * x64, and loaded only where a line is driven by it. Throws {@link DriverUnavailableError}.
 */
export function loadGpioCalls(): GpioCalls {
  const koffi = load()
  const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, ...)')
  return {
    open: path => openSync(path, 'r+'),
    close: closeSync,
    ioctl: (fd, request, data) => {
      if (ioctl(fd, request, 'void *', data) >= 0) return
      const code = getSystemErrorName(-koffi.errno())
      throw new LineError(faultOf(code), `the kernel says ${code}`)
    },
  }
}

function load(): Koffi {
  try {
    return require('koffi')
  } catch (error) {
    throw new DriverUnavailableError('gpiod', 'koffi', error, 'run npm ci on this machine')
  }
}
