import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../page.ts'
import { referenceFiles } from './files.ts'

/** Writes the reference: `npm run reference`. */
for (const [path, text] of referenceFiles()) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true })
  writeFileSync(join(ROOT, path), text)
  console.log(path)
}
