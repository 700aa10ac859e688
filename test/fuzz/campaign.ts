import fc from 'fast-check'
import { answers } from './answers.ts'
import { commands } from './commands.ts'
import { configurations } from './configurations.ts'
import { scans } from './scans.ts'
import type { Subject } from './subject.ts'
import { topicNames } from './topics.ts'

export interface Campaign {
  /** Inputs in all, a fifth for each door. */
  readonly inputs: number
  readonly seed: number
  /** Called after every thousandth input of a door. */
  onProgress?(name: string, fed: number): void
}

/** Feeds every door. Rejects with the smallest input that fails and the seed that plays it again. */
export async function fuzz({ inputs, seed, onProgress }: Campaign): Promise<void> {
  const each = Math.ceil(inputs / 5)
  const files = configurations()
  const feed = async <Input>({ name, inputs: arbitrary, feed: take }: Subject<Input>) => {
    let fed = 0
    const property = fc.asyncProperty(arbitrary, async input => {
      fed += 1
      take(input)
      if (fed % 1_000 !== 0) return
      await turn()
      onProgress?.(name, fed)
    })
    await fc.assert(property, { numRuns: each, seed })
  }
  try {
    await feed(scans())
    await feed(topicNames())
    await feed(commands())
    await feed(answers())
    await feed(files)
  } finally {
    files.close()
  }
}

/** A turn of the event loop: streams put off a part of every write to the end of it, which a loop that never ends would pile up. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
