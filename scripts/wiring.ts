import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawWiring } from './wiring/draw.ts'

/** Draws `docs/wiring.svg` anew. */

writeFileSync(join(import.meta.dirname, '../docs/wiring.svg'), drawWiring())
