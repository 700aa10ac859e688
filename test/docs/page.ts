import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A table without its head: rows of cells. */
type Table = readonly (readonly string[])[]

/** A page of Markdown. */
export class Page {
  readonly path: string
  readonly text: string

  constructor(path: string) {
    this.path = path
    this.text = readFileSync(join(ROOT, path), 'utf8')
  }

  /** What stands under a heading, down to the next of any level. */
  under(heading: string): string {
    const lines = this.text.split('\n')
    const from = lines.indexOf(heading)
    if (from < 0) throw new NoSuchPart(`${this.path} has no heading ${heading}`)
    const rest = lines.slice(from + 1)
    const next = rest.findIndex(line => /^#+ /.test(line))
    return rest.slice(0, next < 0 ? rest.length : next).join('\n')
  }

  /** The headings of the second level, in order. */
  headings(): string[] {
    return this.text.match(/^## .*$/gm) ?? []
  }

  /** A table under a heading, the first unless told. */
  table(heading: string, number = 0): Table {
    const tables = this.under(heading).match(/(?:^\|.*\n?)+/gm) ?? []
    const rows = tables[number]?.trim().split('\n') ?? []
    if (rows.length < 3) throw new NoSuchPart(`${this.path} has no table ${number} under ${heading}`)
    return rows.slice(2).map(row =>
      row
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
  }

  /** What stands in fences of a language. */
  fences(language: string): string[] {
    return [...this.text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(found => found[1] ?? '')
  }

  /** Every JSON example under a heading, with the topic that is named above it. */
  messages(heading: string): { topic: string; body: unknown }[] {
    const found = this.under(heading).matchAll(/^`([^`]+)`[^\n]*\n\n```json\n([\s\S]*?)^```$/gm)
    return [...found].map(([, topic = '', body = '']) => ({ topic, body: JSON.parse(body) as unknown }))
  }
}

/** What stands between backticks. */
export function quoted(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(found => found[1] ?? '')
}

/** The words that a table is about: what is quoted in one of its columns. */
export function column(table: Table, number = 0): string[] {
  return table.flatMap(row => quoted(row[number])).sort()
}

class NoSuchPart extends Error {
  readonly code = 'NO_SUCH_PART'
}
