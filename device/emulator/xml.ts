import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'

const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: true, parseTagValue: false, trimValues: false })
const builder = new XMLBuilder({ cdataPropName: 'cdata' })

/**
 * The fields of a request, or undefined when it is not one flat `<xml>` of distinct fields. Values stay text, as sent. A
 * document type is refused, so beyond XML's own five entities there are none.
 */
export function readXml(text: string): Map<string, string> | undefined {
  if (/<!DOCTYPE/i.test(text.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, ''))) return undefined
  if (XMLValidator.validate(text) !== true) return undefined
  const root = parsed(text)?.filter(node => !nameOf(node).startsWith('?') && !isSpace(node))
  const xml = root?.[0]
  if (root?.length !== 1 || !xml || nameOf(xml) !== 'xml') return undefined
  return fieldsIn(childrenOf(xml))
}

/** Fields as WeChat writes them: numbers bare, all other values in CDATA. */
export function writeXml(fields: ReadonlyMap<string, string>): string {
  const parts = [...fields].map(([name, value]) => builder.build({ [name]: /^\d{1,10}$/.test(value) ? value : { cdata: value } }))
  return `<xml>${parts.join('\n')}</xml>`
}

type XmlNode = Readonly<Record<string, unknown>>

function fieldsIn(nodes: readonly XmlNode[]): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  for (const node of nodes) {
    if (isSpace(node)) continue
    const name = nameOf(node)
    const pieces = childrenOf(node)
    if (name === '#text' || fields.has(name) || pieces.some(piece => nameOf(piece) !== '#text')) return undefined
    fields.set(name, pieces.map(piece => piece['#text']).join(''))
  }
  return fields
}

/** The parser throws at names it holds to be dangerous, and then it is no request of ours. */
function parsed(text: string): XmlNode[] | undefined {
  try {
    return parser.parse(text)
  } catch {
    return undefined
  }
}

function nameOf(node: XmlNode): string {
  return Object.keys(node)[0] ?? ''
}

function childrenOf(node: XmlNode): readonly XmlNode[] {
  const children = node[nameOf(node)]
  return Array.isArray(children) ? children : []
}

function isSpace(node: XmlNode): boolean {
  const text = node['#text']
  return typeof text === 'string' && text.trim() === ''
}
