/**
 * The configuration: from one YAML file to what the box is made of. It reads files and decides nothing about money; no
 * module in here holds state, and nothing that it says repeats a value from a file.
 */
export type { BoxConfig, IndicatorConfig, LaneConfig, LockConfig } from './box-config.ts'
export { readRegisterFiles } from './credentials.ts'
export { loadConfig } from './load.ts'
export { ConfigError } from './mistake.ts'
