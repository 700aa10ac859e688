import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ParseResult, parseSync } from 'oxc-parser'

/** One TypeScript file of the project, read and parsed. */
export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string
  readonly text: string
  readonly program: ParseResult['program']
  readonly imports: readonly Import[]
}

/** Something that a file takes from elsewhere: `import`, `export … from`, `import()`, `import('…').Type`. */
export interface Import {
  /** A path from the project's root, or the name of a package or of one of Node's modules. */
  readonly target: string
  /** The names taken; empty where it is everything. */
  readonly names: readonly string[]
  readonly typeOnly: boolean
  readonly line: number
}

/** What a rule found. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly message: string
}

export function toSource(path: string, text: string): Source {
  const { program, module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new UnreadableSource(path)
  const found: Import[] = []
  const add = (specifier: string, names: string[], typeOnly: boolean, offset: number) =>
    found.push({ target: resolveSpecifier(path, specifier), names, typeOnly, line: lineAt(text, offset) })
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const names = entries.map(entry => entry.importName.name ?? '').filter(name => name !== '')
    add(moduleRequest.value, names, entries.length > 0 && entries.every(entry => entry.isType), start)
  }
  for (const { moduleRequest, importName, isType, start } of module.staticExports.flatMap(({ entries }) => entries)) {
    if (moduleRequest !== null) add(moduleRequest.value, importName.name === null ? [] : [importName.name], isType, start)
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    add(literal?.[2] ?? '(computed)', [], false, start)
  }
  return { path, text, program, imports: found }
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** Every TypeScript file under `root` that belongs to the project. */
export function readSources(root: string): Source[] {
  const paths = globSync('{core,device,test,scripts}/**/*.ts', { cwd: root }).sort()
  return paths.map(path => toSource(path, readFileSync(join(root, path), 'utf8')))
}

function resolveSpecifier(from: string, specifier: string): string {
  return specifier.startsWith('.') ? join(from, '..', specifier) : specifier
}

class UnreadableSource extends Error {
  readonly code = 'UNREADABLE_SOURCE'
  constructor(path: string) {
    super(`${path} cannot be parsed`)
  }
}
