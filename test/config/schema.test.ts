import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { configSchema } from '../../device/config/schema.ts'

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
