import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const FOLDER = join(import.meta.dirname, 'errors')

const SCHEMA = z.strictObject({
  /** What is wrong with the box then, to end the sentence "it is noticed when". */
  breaks: z.string().min(1),
  /** Of a world that is known to show it, or did before core was changed: those after it are played too. 1 where nothing is said. */
  seed: z.int().positive().optional(),
  /** After so many payments at most it has to be noticed. */
  within: z.int().positive(),
  /** Where only XML and signatures, or the real journal, can show it. */
  wire: z.literal(true).optional(),
  file: z.string().regex(/^(?:core|device)\/[a-z/-]+\.ts$/),
  /** Stands there once. */
  from: z.string().min(1),
  to: z.string(),
})

/** A small wrong change to the product, to see whether the simulator notices. */
export type PlantedError = z.infer<typeof SCHEMA> & { readonly name: string }

/** A planted error that cannot be read, or no longer fits the code. */
export class PlantedErrorMisfit extends Error {
  readonly code = 'PLANTED_ERROR_MISFIT'
}

/** Who plays a copy: the simulator, at the gateway port or with XML, signatures and SQLite; or the whole box, wired to hosts and broker. */
export type Player = 'ports' | 'wire' | 'wired'

/** By what the error is in: HTTPS and MQTT are played by nobody but the wired box. */
export function playerOf({ file, wire }: PlantedError): Player {
  if (/^device\/(?:gateway|register)\//.test(file)) return 'wired'
  return wire === true ? 'wire' : 'ports'
}

/** All there are, by their names. */
export function readPlantedErrors(): readonly PlantedError[] {
  const files = readdirSync(FOLDER).filter(file => file.endsWith('.yaml'))
  return files
    .sort()
    .map(file => ({ name: file.replace(/\.yaml$/, ''), ...SCHEMA.parse(parse(readFileSync(join(FOLDER, file), 'utf8'))) }))
}

/** The text of its file with the error in it. Throws `PlantedErrorMisfit` where what it changes is not there, or not once. */
export function plant({ name, file, from, to }: PlantedError, text: string): string {
  const [before, after, ...more] = text.split(from)
  if (before === undefined || after === undefined || more.length > 0)
    throw new PlantedErrorMisfit(`${name}: what it changes stands ${text.split(from).length - 1} times in ${file}`)
  if (from === to) throw new PlantedErrorMisfit(`${name}: it changes nothing`)
  return before + to + after
}
