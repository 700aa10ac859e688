import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import specs from '@asyncapi/specs'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { VERBS } from '../../core/contract/command.ts'
import { Page, ROOT } from './page.ts'
import { playExamples } from './reference/examples.ts'
import { referenceFiles } from './reference/files.ts'
import { MESSAGES } from './reference/messages.ts'
import { COMMAND_NAMES, configurationSchema, messageSchemas } from './reference/schemas.ts'

for (const [path, made] of referenceFiles()) {
  test(`${path} is what the schemas say: npm run reference writes it`, () => {
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), made)
  })
}

test('the description of the messages is valid AsyncAPI 3', () => {
  const ajv = formats.default(new Ajv({ strict: false, allErrors: true }))
  const validate = ajv.compile(specs.schemasWithoutId['3.0.0'] as object)
  assert.ok(validate(JSON.parse(referenceFiles().get('docs/reference/asyncapi.json') ?? '')), ajv.errorsText(validate.errors))
})

test('every message has an example, and it is as its schema says', () => {
  const ajv = formats.default(new Ajv({ strict: false, allErrors: true }))
  ajv.addSchema({ $id: 'all', definitions: messageSchemas(name => `all#/definitions/${name}`) })
  const examples = playExamples()
  for (const { name } of MESSAGES) {
    const validate = ajv.getSchema(`all#/definitions/${name}`) ?? assert.fail(name)
    assert.ok(validate(examples.get(name)), `${name}: ${ajv.errorsText(validate.errors)}`)
    assert.ok(!validate({}), `${name} takes anything`)
  }
})

test('every verb that the box knows is in the reference', () => {
  assert.deepEqual([...COMMAND_NAMES].sort(), [...VERBS].sort())
})

test('the configuration that is shown whole is as its JSON Schema says', () => {
  const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }))
  const validate = ajv.compile(configurationSchema())
  const shown = new Page('docs/configuration.md').fences('yaml')[0] ?? ''
  assert.ok(validate(parse(shown)), ajv.errorsText(validate.errors))
  assert.ok(!validate({ ...parse(shown), box: 'two words' }))
})
