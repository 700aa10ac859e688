import { asyncApi } from './async-api.ts'
import { referencePage } from './page.ts'
import { configurationSchema } from './schemas.ts'

/** Everything of the reference, by its path in the project. */
export function referenceFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference.md', referencePage()],
    ['docs/reference/asyncapi.json', json(asyncApi())],
    ['docs/reference/configuration.schema.json', json(configurationSchema())],
  ])
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
