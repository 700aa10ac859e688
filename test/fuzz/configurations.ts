import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { ConfigError, loadConfig } from '../../device/config/index.ts'
import { shownKeys } from '../docs/config-keys.ts'
import { Page } from '../docs/page.ts'
import { demand, type Subject } from './subject.ts'

const SECRET = 's3cret-s3cret-s3cret-s3cret-s3cr'
const EXAMPLE = new Page('docs/configuration.md').fences('yaml')[0] ?? ''
const LINES = EXAMPLE.split('\n')

const values = fc.oneof(
  fc.constantFrom('api_key', 'none', 'serial', 'true', '5', '-1', '0.5', '~', '[]', '{}', '&a [*a]', '!!binary x', SECRET),
  fc.string({ maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }).map(value => JSON.stringify(value)),
)

/** The whole example with some lines changed, doubled or gone. */
const changed = fc
  .array(fc.tuple(fc.nat({ max: LINES.length - 1 }), fc.constantFrom('value', 'gone', 'twice', 'indent', 'key'), values), {
    minLength: 1,
    maxLength: 5,
  })
  .map(changes => {
    const lines = [...LINES]
    for (const [at, how, value] of changes) {
      const line = lines[at] ?? ''
      if (how === 'value') lines[at] = line.replace(/:.*$/, () => `: ${value}`)
      else if (how === 'gone') lines[at] = ''
      else if (how === 'twice') lines[at] = `${line}\n${line}`
      else if (how === 'indent') lines[at] = `  ${line}`
      else lines[at] = line.replace(/[a-z_]+:/, () => `${value}:`)
    }
    return lines.join('\n')
  })

const KEYS = [...new Set([...shownKeys(EXAMPLE).keys()].flatMap(path => path.split('.')))].filter(key => /^[a-z_]+$/.test(key))

/** Trees of known keys in places where they do not belong. */
const trees = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>('counter-1', 5, true, null, SECRET),
    fc.dictionary(fc.constantFrom(...KEYS), tie('tree')),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}))

/** Configuration files, and the files that they name. */
export function configurations(): Subject<string | Uint8Array> & { close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-fuzz-'))
  const file = join(folder, 'box.yaml')
  writeFileSync(join(folder, 'api_key'), SECRET)
  return {
    name: 'configurations',
    inputs: fc.oneof<fc.Arbitrary<string | Uint8Array>[]>(
      changed,
      trees.tree.map(tree => stringify(tree)),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }),
    ),
    feed: input => {
      writeFileSync(file, input)
      try {
        const config = loadConfig(file, {})
        demand(!inspect(config, { depth: 9, showHidden: true }).includes(SECRET), 'a configuration shows no secret')
      } catch (error) {
        demand(error instanceof ConfigError, `a mistake has its own error, not ${String(error)}`)
        demand(error.mistakes.length > 0, 'a refusal names a mistake')
        demand(!error.describe().includes(SECRET), 'a mistake repeats no secret')
      }
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}
