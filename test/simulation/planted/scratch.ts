import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PlantedError, plant } from './error.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** What the simulator needs of the project. */
const PARTS = ['package.json', 'core', 'device', 'test/simulation'] as const

/** A copy of product and simulator, for one error after the other. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'tillbridge-planted-'))
  /** What Node.js has compiled of it: but for one file it is the same with every error. */
  readonly cache = join(this.folder, 'compiled')

  constructor() {
    for (const part of PARTS) cpSync(join(ROOT, part), join(this.folder, part), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'))
  }

  /** Puts the error in; what is given back takes it out again. Throws `PlantedErrorMisfit`. */
  plant(error: PlantedError): () => void {
    const path = join(this.folder, error.file)
    const sound = readFileSync(path, 'utf8')
    writeFileSync(path, plant(error, sound))
    return () => writeFileSync(path, sound)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
