import type { LineAddress } from './gpio-chip.ts'

/** How a line is wired. `activeLow`: what hangs on it is on while the line is low. */
export interface Wiring {
  readonly activeLow: boolean
  /** The pin's own resistor: what the line is while nobody drives it. Only the character device can set it. */
  readonly bias: Bias
}

export type Bias = 'as_is' | 'pull_up' | 'pull_down' | 'disabled'

/** A line that drives something. Both throw {@link LineError}. */
export interface OutputLine {
  write(on: boolean): void
  /** Off, and given back. */
  close(): void
}

/** A way to the kernel's lines, loaded and ready. */
export interface LineDriver {
  readonly name: 'gpiod' | 'sysfs'
  /** Takes a line for output, off from its first moment on. Throws {@link LineError} where it is missing, taken or forbidden. */
  open(address: LineAddress, wiring: Wiring): OutputLine
}
