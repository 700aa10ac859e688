import { z } from 'zod'
import type { ErrorDetails } from './error.ts'
import type { Fields } from './payload.ts'

/** What a payload was read as, or what is wrong with it. */
export type Read<Command> = { readonly command: Command } | { readonly error: ErrorDetails }

type Checked<Value> = { readonly value: Value } | { readonly error: ErrorDetails }

/** Names the first field that is wrong, in the schema's order, and what its description expected there. */
export function check<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  fields: Fields,
): Checked<z.output<z.ZodObject<Shape>>> {
  const result = schema.safeParse(fields)
  if (result.success) return { value: result.data }
  const wrong = new Set(result.error.issues.map(issue => issue.path[0]))
  const [field, expected] = Object.entries(schema.shape).find(([name]) => wrong.has(name)) ?? ['request_id', undefined]
  return { error: invalid(field, expectedOf(expected)) }
}

function expectedOf(field: unknown): string {
  const inner = field instanceof z.ZodOptional || field instanceof z.ZodDefault ? field.unwrap() : field
  return (inner instanceof z.ZodType ? inner.description : undefined) ?? 'something else'
}

/** A field that is not as the contract has it. */
export function invalid(field: string, expected: string): ErrorDetails {
  return { code: 'invalid', message: `${field}: expected ${expected}`, field }
}

/** An empty text says as much as none. */
export function filled(text: string | undefined): string | undefined {
  return text?.trim() === '' ? undefined : text
}
