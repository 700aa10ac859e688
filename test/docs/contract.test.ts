import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANSWER_MESSAGES } from '../../core/contract/message.ts'
import { COMMAND_SCHEMAS } from '../../core/contract/schema.ts'
import { readSources, toSource } from '../house-rules/source.ts'
import { type Held, heldBy, testNames } from './held.ts'
import { Page, ROOT } from './page.ts'
import { answerName, commandName, PUBLISHED } from './reference/schemas.ts'
import { strictly } from './reference/strict.ts'

const PAGE = new Page('docs/contract.md')
const HEADINGS = PAGE.headings()

function rows(): readonly (readonly string[])[] {
  return HEADINGS.flatMap(heading => PAGE.table(heading))
}

/** Those of the tests that are named which no file has. */
function missing(held: readonly Held[], namesIn: (path: string) => readonly RegExp[]): string[] {
  return held.flatMap(({ path, name }) => (namesIn(path).some(pattern => pattern.test(name)) ? [] : [`${path}: ${name}`]))
}

test('every rule names the tests that hold it', () => {
  assert.ok(HEADINGS.length > 0)
  for (const cells of rows()) {
    const [rule, cell = '', ...more] = cells
    assert.ok(rule !== '' && more.length === 0, cells.join(' | '))
    const named = cell.split('<br>')
    assert.equal(heldBy(cell).length, named.length, `${rule}: ${cell}`)
    assert.equal(new Set(named).size, named.length, `${rule}: the same test twice`)
  }
})

test('every test that is named exists under that very name', () => {
  const sources = new Map(readSources(ROOT).map(source => [source.path, testNames(source)]))
  const held = rows().flatMap(([, cell = '']) => heldBy(cell))
  assert.deepEqual(
    missing(held, path => sources.get(path) ?? []),
    [],
  )
})

test('a name that no test has, and a cell without one, are found', () => {
  const text = ["test('one', () => {})", 'for (const x of [1]) it(`two $X$X of many`, () => {})', "assert('three')", 'test(`$X`)']
  const names = testNames(toSource('test/a.test.ts', text.join('\n').replaceAll('$X', `\${x}`)))
  const named = (name: string) => ({ path: 'test/a.test.ts', name })
  assert.deepEqual(
    missing([named('one'), named('two … of many'), named('two 1 of many')], () => names),
    [],
  )
  for (const wrong of ['on', 'one more', 'two … of', 'three', '…']) {
    assert.deepEqual(
      missing([named(wrong)], () => names),
      [`test/a.test.ts: ${wrong}`],
    )
  }
  assert.deepEqual(heldBy(''), [])
  assert.deepEqual(heldBy('`test/a.test.ts`'), [])
  assert.deepEqual(heldBy('`test/a.test.ts` one<br>`test/b/c.test.ts` `two`, and more'), [
    named('one'),
    { path: 'test/b/c.test.ts', name: '`two`, and more' },
  ])
})

test('every example is as its schema says, and no field is in it that the schema does not have', () => {
  const checks = new Map<string, (body: unknown) => string | null>()
  for (const [name, schema] of Object.entries(PUBLISHED)) checks.set(name, strictly(schema))
  for (const [verb, schema] of Object.entries(ANSWER_MESSAGES)) checks.set(answerName(verb), strictly(schema))
  for (const [verb, schema] of Object.entries(COMMAND_SCHEMAS)) {
    checks.set(commandName(verb), body => schema.strict().safeParse(body).error?.message ?? null)
  }
  const examples = HEADINGS.flatMap(heading => PAGE.messages(heading))
  assert.equal(examples.length, PAGE.fences('json').length, 'every example has its name above it')
  for (const { topic: name, body } of examples) assert.equal(checks.get(name)?.(body), null, name)
  for (const verb of Object.keys(COMMAND_SCHEMAS))
    assert.ok(
      examples.some(({ topic }) => topic === commandName(verb)),
      verb,
    )
})
