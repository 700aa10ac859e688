import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import { type Mistake, pathText, type Step } from './mistake.ts'

/** A YAML file as plain data that remembers its lines. */
export interface ConfigDocument {
  readonly value: unknown
  /** The line of the key or item at `path`, or of the nearest one above it that exists. */
  lineOf(path: readonly Step[]): number
  readonly mistakes: readonly Mistake[]
}

/** Aliases may repeat a part, but not multiply it without end. */
const ALIASES_MAX = 100
const SYNTAX_MISTAKES_MAX = 20

/** Reads one YAML document. What the parser says is never passed on: its messages repeat pieces of the file. */
export function parseConfigDocument(text: string): ConfigDocument {
  const lines = new LineCounter()
  // Duplicate keys are looked for below: the parser's own search takes seconds on a large file.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' })
  const lineAt = (offset: number) => lines.linePos(offset).line
  const broken = [...document.errors, ...document.warnings].slice(0, SYNTAX_MISTAKES_MAX).map(error => ({
    path: '',
    line: lineAt(error.pos[0]),
    message: `not readable as YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
    expected: 'one YAML document of keys and values, without tags',
  }))
  if (broken.length > 0) return { value: undefined, lineOf: () => 1, mistakes: broken }
  const badKeys = findBadKeys(document, lineAt)
  return { ...plainValue(document, badKeys), lineOf: path => lineOf(document, path, lineAt) }
}

function plainValue(document: Document, badKeys: Mistake[]): { value: unknown; mistakes: Mistake[] } {
  if (badKeys.some(mistake => mistake.message === NOT_TEXT)) return { value: undefined, mistakes: badKeys }
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), mistakes: badKeys }
  } catch {
    const expected = `every alias to follow its anchor, and at most ${ALIASES_MAX} aliases`
    return {
      value: undefined,
      mistakes: [...badKeys, { path: '', line: 1, message: 'aliases that cannot be resolved', expected }],
    }
  }
}

const NOT_TEXT = 'a key that is not plain text'

function findBadKeys(document: Document, lineAt: (offset: number) => number): Mistake[] {
  const mistakes: Mistake[] = []
  const places = new Map<unknown, number>()
  visit(document, {
    Seq(_, { items }) {
      for (const [at, item] of items.entries()) places.set(item, at)
    },
    Map(_, map, above) {
      mistakes.push(...badKeysOf(map, () => [...above, map].flatMap(node => stepTo(node, places)), lineAt))
    },
  })
  return mistakes
}

/** What leads to a node from the one that it is in, where that is a step: the key of a pair, or its place in a list. */
function stepTo(node: unknown, places: ReadonlyMap<unknown, number>): Step[] {
  if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : []
  const place = places.get(node)
  return place === undefined ? [] : [place]
}

function badKeysOf(map: YAMLMap, path: () => readonly Step[], lineAt: (offset: number) => number): Mistake[] {
  const seen = new Map<string, number>()
  const mistakes: Mistake[] = []
  for (const { key } of map.items) {
    const line = lineAt(startOf(key) ?? map.range?.[0] ?? 0)
    if (!isScalar(key) || typeof key.value !== 'string') {
      mistakes.push({ path: '', line, message: NOT_TEXT, expected: 'a word as key' })
      continue
    }
    const before = seen.get(key.value)
    if (before === undefined) seen.set(key.value, line)
    else
      mistakes.push({
        path: pathText([...path(), key.value]),
        line,
        message: 'given twice',
        expected: `only the one on line ${before}, or this one`,
      })
  }
  return mistakes
}

function lineOf(document: Document, path: readonly Step[], lineAt: (offset: number) => number): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const step of path) {
    const found = child(isAlias(node) ? node.resolve(document) : node, step)
    if (found === undefined) break
    offset = startOf(found.at) ?? offset
    node = found.value
  }
  return lineAt(offset)
}

/** What stands at `step` under `node`, and the node whose line says where. */
function child(node: unknown, step: Step): { at: unknown; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.findLast(({ key }) => isScalar(key) && key.value === step)
    return pair && { at: pair.key, value: pair.value }
  }
  if (isSeq(node) && typeof step === 'number' && step < node.items.length)
    return { at: node.items[step], value: node.items[step] }
  return undefined
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0]
}
