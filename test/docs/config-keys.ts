import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { configSchema } from '../../device/config/schema.ts'

/** The keys of the configuration by their paths, `*` for any item of a list `(line)` for any line, `(pattern)` for any pattern. */

/** What the schema says of a key. */
interface KeyRule {
  /** Has keys of its own. */
  readonly section: boolean
  readonly required: boolean
  readonly fallback: unknown
  /** What the page has to say of it: bounds as `1 to 4`, and every word that is accepted. */
  readonly facts: readonly string[]
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly oneOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

export function schemaKeys(): Map<string, KeyRule> {
  const keys = new Map<string, KeyRule>()
  // A preprocessed value is shown as what comes out of it.
  gather(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '', keys)
  return keys
}

function gather(schema: JsonSchema, path: string, keys: Map<string, KeyRule>): void {
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const at = pathTo(path, name)
    const seen = keys.get(at)
    keys.set(at, {
      section: inner.properties !== undefined || inner.oneOf !== undefined || inner.items?.properties !== undefined,
      required: schema.required?.includes(name) === true,
      fallback: inner.default,
      facts: [...(seen?.facts ?? []), ...factsOf(inner)],
    })
    gather(inner, at, keys)
  }
  for (const option of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) gather(option, path, keys)
  if (schema.items !== undefined) gather(schema.items, `${path}.*`, keys)
}

function factsOf({ minimum, maximum, minItems, maxItems, items, anyOf, ...schema }: JsonSchema): string[] {
  const bounds = (from: number | undefined, to: number | undefined) => (from === undefined ? [] : [`${from} to ${to}`])
  const words = [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])].map(String)
  const inner = items?.properties === undefined ? [items, ...(anyOf ?? [])].flatMap(one => (one ? factsOf(one) : [])) : []
  return [...bounds(minimum, maximum), ...bounds(minItems, maxItems), ...words, ...inner]
}

/** What an example says of a key. */
interface KeyShown {
  readonly value: unknown
  /** What stands behind `#` on its line. */
  readonly comment: string
}

/** Of several items of a list the first that has a key counts. */
export function shownKeys(yaml: string): Map<string, KeyShown> {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines })
  const keys = new Map<string, KeyShown>()
  const walk = (node: unknown, path: string) => {
    if (isSeq(node)) for (const item of node.items) walk(item, `${path}.*`)
    if (!isMap(node)) return
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue
      const at = pathTo(path, String(key.value))
      const line = yaml.split('\n')[lines.linePos(key.range?.[0] ?? 0).line - 1] ?? ''
      if (!keys.has(at)) keys.set(at, { value: JSON.parse(JSON.stringify(value)), comment: line.split(' # ')[1] ?? '' })
      walk(value, at)
    }
  }
  walk(document.contents, '')
  return keys
}

function pathTo(path: string, name: string): string {
  const parent = path
    .replace(/\.(?:indicators\.(?:green|red|amber|buzzer)|lock\.line)$/, '.(line)')
    .replace(/^patterns\.\w+\./, 'patterns.(pattern).')
  return parent === '' ? name : `${parent}.${name}`
}
