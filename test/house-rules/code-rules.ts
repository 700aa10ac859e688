import { Visitor, type VisitorObject } from 'oxc-parser'
import { type Finding, lineAt, type Source } from './source.ts'

/** The files that may read a clock or wait, each for a reason of its own. */
export const CLOCK_FILES: ReadonlySet<string> = new Set([
  // The port's own adapter.
  'device/clock.ts',
  // Cuts a stop short that takes too long.
  'device/run.ts',
  // A product of its own, which knows nothing of the ports.
  'device/emulator/server.ts',
  // The name of a journal that is set aside.
  'device/journal/journal.ts',
  // Gives up on a process of the operating system.
  'device/demo/pseudo-terminal.ts',
])

/** The one place where tests wait, with a bound. */
export const WAITING_FILES: ReadonlySet<string> = new Set(['test/until.ts'])

const CLOCK_CALLS = new Set(['Date.now', 'performance.now', 'process.hrtime', 'setTimeout', 'setInterval', 'AbortSignal.timeout'])
const CLOCK_MODULES = new Set(['node:timers', 'node:timers/promises'])
/** Names that the core has no business with, whatever is done with them. */
const WORLD = new Set([
  ...['process', 'performance', 'console', 'fetch', 'globalThis', 'crypto', 'Buffer', 'WebSocket', 'Worker'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
])

/** The core reads no clock, draws nothing and touches nothing. */
export function findWorldInCore(source: Source): Finding[] {
  if (!source.path.startsWith('core/')) return []
  const findings = findCalls(
    source,
    call => call === 'Date.now' || call === 'Math.random',
    'the core gets time and chance in its events',
  )
  const note = noteIn(source, findings)
  for (const { name, start } of freeNames(source)) {
    if (WORLD.has(name)) note(start, `the core knows no ${name}`)
  }
  walk(source, {
    NewExpression: node => {
      if (isNamed(node.callee, 'Date') && node.arguments.length === 0) note(node.start, 'the core gets the time in its events')
      if (isNamed(node.callee, 'Promise')) note(node.start, 'the core holds no promise')
    },
    AwaitExpression: ({ start }) => note(start, 'the core waits for nothing'),
  })
  return findings
}

/** The device reads clocks through the port, so that tests can turn them. */
export function findClocks(source: Source): Finding[] {
  if (!source.path.startsWith('device/') || CLOCK_FILES.has(source.path)) return []
  const message = 'time comes from the clock port'
  const findings = findCalls(source, call => CLOCK_CALLS.has(call), message)
  const note = noteIn(source, findings)
  walk(source, {
    NewExpression: node => {
      if (isNamed(node.callee, 'Date') && node.arguments.length === 0) note(node.start, message)
    },
  })
  return [...findings, ...findImports(source, CLOCK_MODULES, message)]
}

/** A test waits for the thing itself. */
export function findSleeps(source: Source): Finding[] {
  if (!source.path.startsWith('test/') || WAITING_FILES.has(source.path)) return []
  const message = 'a test waits for the thing itself, not for time to pass'
  const sleeps = findCalls(source, call => /^(setTimeout|setInterval|Atomics\.wait|AbortSignal\.timeout)$/.test(call), message)
  return [...sleeps, ...findImports(source, CLOCK_MODULES, message)]
}

/** Whoever catches an error has to be able to tell it from others. */
export function findPlainErrors(source: Source): Finding[] {
  if (!/^(core|device)\//.test(source.path)) return []
  const findings: Finding[] = []
  const note = noteIn(source, findings)
  walk(source, {
    NewExpression: ({ callee, start }) => {
      if (isNamed(callee, 'Error')) note(start, 'an error is of a class with a stable code')
    },
    ThrowStatement: ({ argument, start }) => {
      if (argument.type === 'Literal' || argument.type === 'TemplateLiteral') note(start, 'what is thrown is an error')
    },
  })
  return findings
}

function findImports(source: Source, modules: ReadonlySet<string>, message: string): Finding[] {
  const taken = source.imports.filter(({ target }) => modules.has(target))
  return taken.map(({ line }) => ({ path: source.path, line, message }))
}

/** Every use of a global function by its plain or dotted name, called or handed on. */
function findCalls(source: Source, forbidden: (name: string) => boolean, message: string): Finding[] {
  const findings: Finding[] = []
  const note = noteIn(source, findings)
  for (const { name, start } of freeNames(source)) {
    if (forbidden(name)) note(start, message)
  }
  walk(source, {
    MemberExpression: ({ object, property, start }) => {
      const name = object.type === 'Identifier' && property.type === 'Identifier' ? `${object.name}.${property.name}` : ''
      if (forbidden(name)) note(start, message)
    },
  })
  return findings
}

/** Every name that stands for a variable, and not for a member or a key of that name. */
function freeNames(source: Source): readonly { readonly name: string; readonly start: number }[] {
  const keys = new Set<number>()
  const noteKey = ({ key, computed }: { key: { start: number }; computed: boolean }) => {
    if (!computed) keys.add(key.start)
  }
  walk(source, {
    MemberExpression: ({ property, computed }) => noteKey({ key: property, computed }),
    Property: node => {
      if (!node.shorthand) noteKey(node)
    },
    MethodDefinition: noteKey,
    PropertyDefinition: noteKey,
    TSMethodSignature: noteKey,
    TSPropertySignature: noteKey,
  })
  const names: { name: string; start: number }[] = []
  walk(source, { Identifier: ({ name, start }) => names.push({ name, start }) })
  return names.filter(({ start }) => !keys.has(start))
}

function isNamed(node: { readonly type: string; readonly name?: unknown }, name: string): boolean {
  return node.type === 'Identifier' && node.name === name
}

function noteIn(source: Source, findings: Finding[]): (start: number, message: string) => void {
  return (start, message) => findings.push({ path: source.path, line: lineAt(source.text, start), message })
}

function walk(source: Source, visitor: VisitorObject): void {
  new Visitor(visitor).visit(source.program)
}
