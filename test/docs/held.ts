import { Visitor } from 'oxc-parser'
import type { Source } from '../house-rules/source.ts'

/** A test that a page names: its file, and its name with `…` for what varies. */
export interface Held {
  readonly path: string
  readonly name: string
}

/** The tests that a cell of a table names, each `` `test/….test.ts` name ``. */
export function heldBy(cell: string): Held[] {
  return cell.split('<br>').flatMap(part => {
    const [, path, name] = /^`(test\/[\w/-]+\.test\.ts)` (\S.*)$/.exec(part.trim()) ?? []
    return path === undefined || name === undefined ? [] : [{ path, name }]
  })
}

/** A template has to say something by itself, or it would be the name of every test. */
const FIXED_CHARS_MIN = 8

/** What the tests of a file are called: texts as they are, templates with anything where something varies. */
export function testNames({ program }: Source): RegExp[] {
  const names: RegExp[] = []
  new Visitor({
    CallExpression: ({ callee, arguments: [name] }) => {
      if (callee.type !== 'Identifier' || (callee.name !== 'test' && callee.name !== 'it')) return
      if (name?.type === 'Literal' && typeof name.value === 'string') names.push(toPattern([name.value]))
      if (name?.type !== 'TemplateLiteral') return
      const parts = name.quasis.map(({ value }) => value.cooked ?? '')
      const fixed = parts.filter((part, index) => part !== '' || index === 0 || index === parts.length - 1)
      if (fixed.join('').length >= FIXED_CHARS_MIN) names.push(toPattern(fixed))
    },
  }).visit(program)
  return names
}

function toPattern(fixed: readonly string[]): RegExp {
  return new RegExp(`^${fixed.map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`)
}
