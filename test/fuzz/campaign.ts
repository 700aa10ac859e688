import fc from 'fast-check'
import { answers } from './answers.ts'
import { commands } from './commands.ts'
import { configurations } from './configurations.ts'
import { scans } from './scans.ts'
import type { Subject } from './subject.ts'

export interface Campaign {
  /** Inputs in all, a quarter for each door. */
  readonly inputs: number
  readonly seed: number
  /** Called after every thousandth input of a door. */
  onProgress?(name: string, fed: number): void
}

/** Feeds every door. Throws with the smallest input that fails and the seed that plays it again. */
export function fuzz({ inputs, seed, onProgress }: Campaign): void {
  const each = Math.ceil(inputs / 4)
  const files = configurations()
  const feed = <Input>({ name, inputs: arbitrary, feed: take }: Subject<Input>) => {
    let fed = 0
    const property = fc.property(arbitrary, input => {
      fed += 1
      if (fed % 1_000 === 0) onProgress?.(name, fed)
      take(input)
    })
    fc.assert(property, { numRuns: each, seed })
  }
  try {
    feed(scans())
    feed(commands())
    feed(answers())
    feed(files)
  } finally {
    files.close()
  }
}
