import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { z } from 'zod'

/** Says what is wrong with a message, or null: a field that its schema does not have is wrong here, for the reference would lack it. */
export function strictly(schema: z.ZodType): (body: unknown) => string | null {
  const ajv = formats.default(new Ajv2020({ strict: false }))
  const validate = ajv.compile(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }))
  return body => (validate(body) ? null : ajv.errorsText(validate.errors))
}
