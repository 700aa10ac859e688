import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs that the box tests need of this machine, each with the Debian package that has it. */
export const TOOLS: ReadonlyMap<string, string> = new Map([
  ['qemu-system-aarch64', 'qemu-system-arm'],
  ['qemu-img', 'qemu-utils'],
  ['qemu-aarch64-static', 'qemu-user-static'],
  ['mmdebstrap', 'mmdebstrap'],
  ['arch-test', 'arch-test'],
  ['mkfs.ext4', 'e2fsprogs'],
  ['depmod', 'kmod'],
  ['cpio', 'cpio'],
  ['zstd', 'zstd'],
  ['setpriv', 'util-linux'],
  ['unshare', 'util-linux'],
  // The sysfs driver of the package is compiled; nothing else is.
  ['aarch64-linux-gnu-g++', 'g++-aarch64-linux-gnu'],
  ['mosquitto', 'mosquitto'],
])

/** Why the box tests cannot run on this machine, in a sentence, or null where they can. */
export function unavailable(): string | null {
  if (process.getuid?.() !== 0) return 'a Debian for another architecture is made by root alone'
  const missing = [...TOOLS].filter(([program]) => !isThere(program)).map(([, name]) => name)
  return missing.length === 0 ? null : `not installed: ${missing.join(' ')} (apt-get install ${missing.join(' ')})`
}

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => isProgram(join(folder, program)))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
