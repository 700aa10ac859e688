import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { LIMITS } from '../limits.ts'

/** The XML of APIv2: one `<xml>` with a flat row of text elements, each name once. */

const TEXT = '#text'
const CDATA = '#cdata'

const BUILDER = new XMLBuilder({ processEntities: true })

/** Order is kept, because text and CDATA may alternate; entities are left alone, because CDATA has none. */
const PARSER = new XMLParser({
  preserveOrder: true,
  trimValues: false,
  parseTagValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  textNodeName: TEXT,
  cdataPropName: CDATA,
})

export function writeXml(fields: ReadonlyMap<string, string>): string {
  return BUILDER.build({ xml: Object.fromEntries(fields) })
}

/**
 * The fields of an answer, whatever bytes it is made of; undefined where it is not such a document. Values stay text.
 * A DOCTYPE is refused before anything is parsed, so no entity can be defined; the five built-in ones and numbers are decoded.
 */
export function readXml(body: Uint8Array): ReadonlyMap<string, string> | undefined {
  if (body.length > LIMITS.answerBytesMax) return undefined
  const text = decodeUtf8(body)
  if (text === undefined || hasMarkup(text)) return undefined
  return readFields(parse(text))
}

function decodeUtf8(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined // not UTF-8: judged, like everything that comes from outside
  }
}

/** Whether there is a DOCTYPE, a comment or an instruction anywhere but within CDATA. APIv2 sends none of them. */
function hasMarkup(text: string): boolean {
  const document = text.replace(/^\s*<\?xml[^<>]*\?>/, '')
  for (const [opening] of document.matchAll(/<!\[CDATA\[[\s\S]*?\]\]>|<[!?]/g)) {
    if (opening.length === 2) return true
  }
  return false
}

function parse(text: string): unknown {
  try {
    return PARSER.parse(text, true)
  } catch {
    return undefined // the parser's message repeats what it read, so only its failing counts
  }
}

function readFields(document: unknown): ReadonlyMap<string, string> | undefined {
  const [root, ...others] = elements(document) ?? []
  if (root?.name !== 'xml' || others.length > 0) return undefined
  const children = elements(root.content)
  if (children === undefined) return undefined
  const fields = new Map<string, string>()
  for (const { name, content } of children) {
    const value = readText(content)
    if (value === undefined || fields.has(name)) return undefined
    fields.set(name, value)
  }
  return fields
}

interface Node {
  readonly name: string
  readonly content: unknown
}

/** The elements in a row of nodes; undefined where there is text between them, which only white space may be. */
function elements(nodes: unknown): readonly Node[] | undefined {
  const all = toNodes(nodes)
  const isBlank = ({ name, content }: Node) => name === TEXT && typeof content === 'string' && content.trim() === ''
  const rest = all?.filter(node => !isBlank(node))
  return rest?.some(({ name }) => name === TEXT || name === CDATA) ? undefined : rest
}

/** The text of one element, its pieces joined in order; undefined where it holds elements, or an entity that nobody knows. */
function readText(content: unknown): string | undefined {
  const nodes = toNodes(content)
  if (nodes === undefined) return undefined
  let text = ''
  for (const node of nodes) {
    const piece = readPiece(node)
    if (piece === undefined) return undefined
    text += piece
  }
  return text
}

function readPiece({ name, content }: Node): string | undefined {
  if (name === TEXT) return typeof content === 'string' ? decodeEntities(content) : undefined
  if (name !== CDATA) return undefined
  const [inner] = toNodes(content) ?? []
  return typeof inner?.content === 'string' ? inner.content : undefined
}

function toNodes(nodes: unknown): readonly Node[] | undefined {
  if (!Array.isArray(nodes)) return undefined
  return nodes.flatMap((node: unknown) => {
    if (typeof node !== 'object' || node === null) return []
    return Object.entries(node).map(([name, content]: [string, unknown]) => ({ name, content }))
  })
}

const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** In one pass, so that `&amp;lt;` stays the text `&lt;`. */
function decodeEntities(text: string): string | undefined {
  let known = true
  const decoded = text.replace(/&([^;&]{0,10});|&/g, (_, entity?: string) => {
    const character = entity === undefined ? undefined : decodeEntity(entity)
    known &&= character !== undefined
    return character ?? ''
  })
  return known ? decoded : undefined
}

function decodeEntity(entity: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(entity) ?? []
  if (hex === undefined && decimal === undefined) return BUILT_IN.get(entity)
  const codePoint = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return isCharacter(codePoint) ? String.fromCodePoint(codePoint) : undefined
}

/** Source: XML 1.0, production 2 (Char). */
function isCharacter(codePoint: number): boolean {
  if (codePoint < 0x20) return codePoint === 0x9 || codePoint === 0xa || codePoint === 0xd
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return false
  return codePoint <= 0x10ffff && codePoint !== 0xfffe && codePoint !== 0xffff
}
