import type { z } from 'zod'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { type Patterns, type Step, withSteps } from '../../core/indicator/patterns.ts'
import { judgePatterns } from '../../core/indicator/rhythm.ts'

/** All steps of a pattern together. */
export const PATTERN_MS_MAX = 10_000

/** The steps of patterns as the file has them: those that are left out are the box's own. */
export type PatternsFile = {
  readonly [Name in PatternName]?: readonly { readonly on: Step['on']; readonly for_s: number }[] | undefined
}

export function toPatterns(file: PatternsFile): Patterns {
  const changed = Object.entries(file).map(([name, steps]) => [name, steps?.map(toStep)])
  return withSteps(Object.fromEntries(changed))
}

function toStep({ on, for_s }: { readonly on: Step['on']; readonly for_s: number }): Step {
  return { on, ms: Math.round(for_s * 1_000) }
}

/** A pattern of the file must harm nobody, and be told from every other one without its colours. `file` has those that can be played. */
export function checkPatterns(file: PatternsFile, context: Pick<z.RefinementCtx, 'addIssue'>): void {
  const names = Object.keys(file) as PatternName[]
  for (const { name, expected } of judgePatterns(toPatterns(file), names))
    context.addIssue({ code: 'custom', path: [name], message: expected })
}
