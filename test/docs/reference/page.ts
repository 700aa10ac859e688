import { playExamples } from './examples.ts'
import { MESSAGES } from './messages.ts'
import { type JsonSchema, messageSchemas } from './schemas.ts'

/** The messages on a page for people: where each goes, its fields, an example. */
export function referencePage(): string {
  const schemas = messageSchemas(name => `#${name}`)
  const examples = playExamples()
  const parts = Object.entries(schemas).filter(([name]) => !MESSAGES.some(message => message.name === name))
  const messages = MESSAGES.map(({ name, topic, box, retained, summary }) => {
    const way = `${box === 'sends' ? 'from the box' : 'to the box'}, QoS 1${retained ? ', retained' : ''}`
    const example = JSON.stringify(examples.get(name), null, 2)
    return `## ${name}\n\n${summary} \`${topic}\`, ${way}.\n\n${table(schemas[name] ?? {})}\n\n\`\`\`json\n${example}\n\`\`\`\n`
  })
  const shared = parts.map(([name, schema]) => `## ${name}\n\nPart of other messages.\n\n${table(schema)}\n`)
  return `# Reference of the messages\n\n${INTRODUCTION}\n\n${[...messages, ...shared].join('\n')}`
}

const INTRODUCTION = `Made from the schemas that the box itself checks with, by \`npm run reference\`; do not edit. For machines: [AsyncAPI 3](reference/asyncapi.json), the
[JSON Schema](reference/configuration.schema.json) of the configuration. How to use the messages is in [register.md](register.md).`

function table({ properties = {}, required = [] }: JsonSchema): string {
  const rows = Object.entries(properties).flatMap(([name, field]) => [
    row(required.includes(name) ? name : `${name}?`, field),
    ...Object.entries(field.properties ?? {}).map(([inner, of]) =>
      row(`${name}.${inner}${field.required?.includes(inner) === true ? '' : '?'}`, of),
    ),
  ])
  return ['| field | type | what |', '|---|---|---|', ...rows].join('\n')
}

function row(name: string, field: JsonSchema): string {
  return `| \`${name}\` | ${typeOf(field)} | ${field.description?.replaceAll('|', '\\|') ?? ''} |`
}

function typeOf({ type, $ref, anyOf, items }: JsonSchema): string {
  if ($ref !== undefined) return `[${$ref.slice(1)}](${$ref})`
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ')
  return type === 'array' && items !== undefined ? `array of ${typeOf(items)}` : (type ?? 'any')
}
