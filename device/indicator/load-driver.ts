import type { LineDriver } from './driver.ts'
import { chipPaths, DEVICE_ROOT, type GpiodParts, loadGpiod } from './gpiod.ts'
import { DriverUnavailableError, LineError } from './line-error.ts'
import { loadSysfs, type SysfsParts } from './sysfs.ts'

export type DriverName = 'auto' | 'gpiod' | 'sysfs'

/** What stands for the machine in tests. */
export type DriverParts = GpiodParts & SysfsParts

/**
 * The driver of that name. `auto` is the character device where the kernel has one and it can be used, for it frees its lines when the
 * daemon ends; else sysfs. Throws {@link DriverUnavailableError}.
 */
export function loadDriver(name: DriverName, parts: DriverParts = {}): LineDriver {
  switch (name) {
    case 'gpiod':
      return loadGpiod(parts)
    case 'sysfs':
      return loadSysfs(parts)
    case 'auto':
      return hasChips(parts.devices ?? DEVICE_ROOT) ? gpiodOrSysfs(parts) : loadSysfs(parts)
    default:
      return name satisfies never
  }
}

function hasChips(devices: string): boolean {
  try {
    return chipPaths(devices).length > 0
  } catch (error) {
    if (error instanceof LineError) return false
    throw error
  }
}

function gpiodOrSysfs(parts: DriverParts): LineDriver {
  try {
    return loadGpiod(parts)
  } catch (error) {
    if (!(error instanceof DriverUnavailableError)) throw error
    return loadSysfs(parts)
  }
}
