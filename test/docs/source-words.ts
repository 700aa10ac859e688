import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Node, Visitor, type VisitorObject } from 'oxc-parser'
import { toSource } from '../house-rules/source.ts'
import { ROOT } from './page.ts'

/** The words that stand in the code as types, or spread over it: read out of its text, because no list of them is kept. */

/** The words of a union type, sorted. */
function unionWords(path: string, name: string): string[] {
  const words: string[] = []
  walk(path, {
    TSTypeAliasDeclaration({ id, typeAnnotation }) {
      if (id.name !== name || typeAnnotation.type !== 'TSUnionType') return
      for (const type of typeAnnotation.types) {
        if (type.type === 'TSLiteralType' && 'value' in type.literal) words.push(String(type.literal.value))
      }
    },
  })
  return words.sort()
}

/** The fields of an interface, sorted; an optional one ends with `?`. */
export function fieldsOf(path: string, name: string): string[] {
  const fields: string[] = []
  walk(path, {
    TSInterfaceDeclaration({ id, body }) {
      if (id.name !== name) return
      for (const member of body.body) {
        if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') continue
        fields.push(`${member.key.name}${member.optional ? '?' : ''}`)
      }
    },
  })
  return fields.sort()
}

/** Files in which every list of words, and every word that is added to a set, says why a lane is not ready. */
const NOT_READY_FILES = [
  'core/box/gateway-trouble.ts',
  'core/box/probe.ts',
  'core/box/state.ts',
  'device/parts.ts',
  'device/register/health.ts',
  'device/register/mqtt-register.ts',
]

/** Every word that a lane may give for not being ready, sorted. */
export function notReadyWords(): string[] {
  const words = new Set<string>()
  const add = (node: Node | null) => {
    if (node?.type === 'Literal' && typeof node.value === 'string') words.add(node.value)
    // `scanner_${fault}`: one word for each fault of a gun.
    if (node?.type !== 'TemplateLiteral') return
    const [head] = node.quasis
    for (const fault of unionWords('device/scanner/scanner.ts', 'ScannerFault')) words.add(`${head?.value.raw}${fault}`)
  }
  for (const path of NOT_READY_FILES) {
    walk(path, {
      ArrayExpression({ elements }) {
        const isWord = (node: Node | null) => node?.type === 'Literal' || node?.type === 'TemplateLiteral'
        if (elements.every(isWord)) for (const element of elements) add(element)
      },
      CallExpression({ callee, arguments: [word] }) {
        if (callee.type === 'MemberExpression' && callee.property.type === 'Identifier' && callee.property.name === 'add')
          add(word ?? null)
      },
    })
  }
  return [...words].sort()
}

/** Every word that a box may give as a warning, sorted. */
export function warningWords(): string[] {
  const words: string[] = []
  for (const path of [
    'device/compose.ts',
    'device/journal/store.ts',
    'core/box/doubt.ts',
    'core/box/recover.ts',
    'core/box/warning.ts',
  ]) {
    walk(path, {
      ArrayExpression({ elements }) {
        for (const word of elements) if (word?.type === 'Literal' && typeof word.value === 'string') words.push(word.value)
      },
    })
  }
  return words.sort()
}

/** Every exit code that the commands are written with, as text, sorted. */
export function exitCodes(): string[] {
  const codes = new Set<string>()
  walk('device/commands/usage.ts', {
    VariableDeclarator({ id, init }) {
      if (id.type !== 'Identifier' || id.name !== 'EXIT' || init?.type !== 'TSAsExpression') return
      if (init.expression.type !== 'ObjectExpression') return
      for (const property of init.expression.properties) {
        if (property.type === 'Property' && property.value.type === 'Literal') codes.add(String(property.value.value))
      }
    },
  })
  walk('device/run.ts', {
    VariableDeclarator({ id, init }) {
      if (id.type === 'Identifier' && id.name.startsWith('EXIT_') && init?.type === 'Literal') codes.add(String(init.value))
    },
  })
  return [...codes].sort()
}

function walk(path: string, visitor: VisitorObject): void {
  new Visitor(visitor).visit(toSource(path, readFileSync(join(ROOT, path), 'utf8')).program)
}
