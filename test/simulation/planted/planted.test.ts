import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { PlantedErrorMisfit, plant, readPlantedErrors } from './error.ts'
import { Scratch } from './scratch.ts'
import { tryOut } from './trial.ts'

const ROOT = join(import.meta.dirname, '../../..')
const ERRORS = readPlantedErrors()

/** What shows almost at once is looked for with every test; `npm run simulate:planted` looks for all. */
const AT_ONCE = new Set([
  'answer-before-commit',
  'cancel-not-durable',
  'code-sent-again',
  'durable-before-it-is',
  'event-left-out',
  'https-no-certificate',
  'mqtt-acknowledged-before-commit',
  'timer-never-taken-back',
])

test('there are at least thirty planted errors in all rooms that decide or carry, and each still fits the code', () => {
  assert.ok(ERRORS.length >= 30)
  for (const room of ['core/', 'device/journal/', 'device/runner.ts', 'device/gateway/', 'device/register/'])
    assert.ok(
      ERRORS.some(({ file }) => file.startsWith(room)),
      room,
    )
  for (const error of ERRORS) {
    const sound = readFileSync(join(ROOT, error.file), 'utf8')
    assert.notEqual(plant(error, sound), sound)
  }
  assert.equal(new Set(ERRORS.map(({ breaks }) => breaks)).size, ERRORS.length)
})

test('a planted error does not fit where what it changes is not there, or twice', () => {
  const error = { name: 'a', breaks: 'b', within: 1, file: 'core/a.ts', from: 'one', to: 'two' }
  assert.equal(plant(error, 'is one of'), 'is two of')
  for (const text of ['is two', 'one and one']) assert.throws(() => plant(error, text), PlantedErrorMisfit)
  assert.throws(() => plant({ ...error, to: 'one' }, 'one'), PlantedErrorMisfit)
})

const scratch = new Scratch()
after(() => scratch.remove())
const SEEN_AT_ONCE = ERRORS.filter(({ name }) => AT_ONCE.has(name))

test('nothing is noticed where nothing is planted', async () => {
  const [error] = SEEN_AT_ONCE
  assert.ok(error)
  const end = await tryOut(scratch, { ...error, to: `${error.from} ` })
  assert.equal(typeof end === 'string' ? end : end.failure, null)
})

test('what is planted and names what there is not counts as no error that was noticed', async () => {
  const [error] = SEEN_AT_ONCE
  assert.ok(error)
  const end = await tryOut(scratch, { ...error, to: `nobody.isThere()\n${error.from}` })
  assert.match(typeof end === 'string' ? end : JSON.stringify(end), /^what is planted does not run: ReferenceError/)
})

for (const error of SEEN_AT_ONCE) {
  test(`it is noticed when ${error.breaks}`, async () => {
    const end = await tryOut(scratch, error)
    assert.ok(typeof end !== 'string' && end.failure !== null, typeof end === 'string' ? end : 'not noticed')
  })
}
