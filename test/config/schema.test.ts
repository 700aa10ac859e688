import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { configSchema } from '../../device/config/schema.ts'
import { LEAST, Workshop } from './workshop.ts'

test('the schema is also a JSON Schema, with its defaults, and asks for no more than it must', () => {
  const schema = z.toJSONSchema(configSchema, { io: 'input' })
  assert.deepEqual(schema.required, ['box', 'merchant', 'lanes'])
  const { merchant, register } = schema.properties as Record<string, z.core.JSONSchema.ObjectSchema>
  assert.deepEqual(merchant?.required, ['app_id', 'mch_id', 'api_key_file'])
  assert.deepEqual(register?.required, undefined)
  assert.deepEqual(register?.properties?.['max_amount'], {
    default: 5_000_000,
    type: 'integer',
    minimum: 1,
    maximum: 2_147_483_647,
  })
})

test('a box and a lane have names of 1 to 32 characters of A-Z a-z 0-9 _ -', t => {
  const named = (name: string) => LEAST.replace('counter-1', name).replace('main', name)
  for (const name of ['x', 'AZaz09_-'.padEnd(32, 'x')]) {
    const { box, lanes } = new Workshop(t).load(named(name))
    assert.deepEqual([box, lanes[0]?.name], [name, name])
  }
  for (const name of ['""', 'x'.repeat(33), 'a.b', 'a/b', 'a+', '收']) {
    assert.deepEqual(new Workshop(t).mistakes(named(name)), ['1 box not accepted', '9 lanes[0].name not accepted'], name)
  }
})
