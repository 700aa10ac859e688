import type { SerialLine, SerialSettings } from '../../device/scanner/serial.ts'

/** A gun on a line as most are set, but for what a test wants otherwise. */
export function serialGun(
  path: string,
  line: Partial<SerialLine> = {},
  commands: SerialSettings['commands'] = {},
): SerialSettings {
  return { device: { path }, line: { baudRate: 9_600, dataBits: 8, parity: 'none', flowControl: 'none', ...line }, commands }
}
