import { z } from 'zod'
import {
  ANSWER_MESSAGES,
  chargeMessage,
  duplicateMessage,
  eventMessage,
  failureMessage,
  refundMessage,
  refusalMessage,
  scanMessage,
  stateMessage,
  statusMessage,
} from '../../../core/contract/message.ts'
import { COMMAND_SCHEMAS } from '../../../core/contract/schema.ts'
import { configSchema } from '../../../device/config/schema.ts'

/** The schemas that validate, as JSON Schema. */

export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly $ref?: string
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
}

/** What is published, by the name it has in the reference. */
export const PUBLISHED = {
  charge: chargeMessage,
  refusal: refusalMessage,
  refund: refundMessage,
  event: eventMessage,
  state: stateMessage,
  status: statusMessage,
  duplicate: duplicateMessage,
  scan: scanMessage,
  failure: failureMessage,
}

export const COMMAND_NAMES = Object.keys(COMMAND_SCHEMAS) as readonly (keyof typeof COMMAND_SCHEMAS)[]

/** Every message's schema, each referring to the others by `place`. */
export function messageSchemas(place: (name: string) => string): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(PUBLISHED)) registry.add(schema, { id })
  for (const [verb, schema] of Object.entries(ANSWER_MESSAGES)) registry.add(schema, { id: answerName(verb) })
  const told = toSchemas(registry, 'output', place)
  const commands = z.registry<{ id: string }>()
  for (const [verb, schema] of Object.entries(COMMAND_SCHEMAS)) commands.add(schema, { id: commandName(verb) })
  return { ...told, ...toSchemas(commands, 'input', place) }
}

export function commandName(verb: string): string {
  return `${verb}-command`
}

export function answerName(verb: string): string {
  return `${verb}-answer`
}

export function configurationSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

function toSchemas(registry: z.core.$ZodRegistry<{ id: string }>, io: 'input' | 'output', place: (name: string) => string) {
  const { schemas } = z.toJSONSchema(registry, { uri: place, target: 'draft-7', io, unrepresentable: 'any' })
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, clean(schema)]))
}

/**
 * Without what binds no reader of a message: fields may be added within a contract, nothing here is a form to be filled in, and a
 * date's format says more than its pattern.
 */
function clean(schema: unknown): JsonSchema {
  return JSON.parse(JSON.stringify(schema), function drop(this: unknown, key: string, value: unknown) {
    if (key === 'readOnly' || key === '$id' || (key === '$schema' && value === 'http://json-schema.org/draft-07/schema#'))
      return undefined
    const { format, type } = this as { format?: string; type?: string }
    if (key === 'pattern' && format === 'date-time') return undefined
    if (key === 'additionalProperties' && value === false && type === 'object') return undefined
    return key === 'maximum' && value === Number.MAX_SAFE_INTEGER ? undefined : value
  }) as JsonSchema
}
