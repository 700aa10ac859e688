import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { ScannerError } from '../scanner.ts'

/**
 * What a gun types as a keyboard must not reach a console or a screen: it would be a payment code in a login prompt. hidraw takes
 * nothing away from the kernel's keyboard driver, so that is told to ignore the device (Linux 5.11 and later), and goes on doing
 * so until it is unplugged, whatever becomes of this process. Source: Linux, Documentation/input/input-programming.rst,
 * "Inhibiting input devices".
 */
export function keepOffConsole(inhibitors: readonly string[]): Kept {
  const changed = inhibitors.filter(file => !isKept(file))
  for (const file of changed) keep(file)
  return { undo: () => changed.forEach(undo) }
}

export interface Kept {
  /** What was not kept off before types again. */
  undo(): void
}

/** What is gone, or may not be written to any more, types nowhere, or is the next program's. */
function undo(file: string): void {
  try {
    writeFileSync(file, '0', { flag: 'r+' })
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
  }
}

function keep(file: string): void {
  if (!existsSync(file)) {
    throw new ScannerError('console', `${file} is missing: Linux 5.11 or later is needed to keep a gun off the console`)
  }
  try {
    writeFileSync(file, '1', { flag: 'r+' })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ScannerError('console', `what the gun types would reach the console: ${why}`)
  }
  if (!isKept(file)) throw new ScannerError('console', `what the gun types would reach the console: ${file} does not stay at 1`)
}

function isKept(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'latin1').trim() === '1'
}
