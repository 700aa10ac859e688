import type { Writable } from 'node:stream'
import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Lines } from './lines.ts'

/** Lights as lines of text: `main: ● paid`, one line whenever another pattern begins, on any kind of stream. */
export function openTerminalLines(lane: string, stream: Writable): Lines {
  let printed: PatternName | null = null
  return {
    set: (_on, pattern) => {
      if (pattern === printed) return
      printed = pattern
      stream.write(`${lane}: ● ${pattern}\n`)
    },
    close: () => {},
  }
}
