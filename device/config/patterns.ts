import type { z } from 'zod'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { type Patterns, type Step, withSteps } from '../../core/indicator/patterns.ts'
import { judgePatterns, SAMPLE_MS } from '../../core/indicator/rhythm.ts'

/** All steps of a pattern together. */
export const PATTERN_MS_MAX = 10_000

/** The steps of patterns as the file has them: those that are left out are the box's own. */
type PatternsFile = {
  readonly [Name in PatternName]?: readonly { readonly on: Step['on']; readonly for_s: number }[] | undefined
}

export function toPatterns(file: PatternsFile): Patterns {
  const changed = Object.entries(file).map(([name, steps]) => [name, steps?.map(toStep)])
  return withSteps(Object.fromEntries(changed))
}

function toStep({ on, for_s }: { readonly on: Step['on']; readonly for_s: number }): Step {
  return { on, ms: Math.round(for_s * 1_000) }
}

/** A pattern of the file must harm nobody, and be told from every other one without its colours. */
export function checkPatterns(file: PatternsFile, context: Pick<z.RefinementCtx, 'addIssue'>): void {
  const whole = (Object.entries(file) as [PatternName, PatternsFile[PatternName]][]).filter(([, steps]) => areWhole(steps))
  for (const { name, expected } of judgePatterns(
    toPatterns(Object.fromEntries(whole)),
    whole.map(([name]) => name),
  ))
    context.addIssue({ code: 'custom', path: [name], message: expected })
}

/** Steps that can be played; of others it has been told already what is wrong with them. */
function areWhole(steps: PatternsFile[PatternName] = []): boolean {
  const ms = steps.map(step => toStep(step).ms)
  const total = ms.reduce((sum, one) => sum + one, 0)
  return total > 0 && total <= PATTERN_MS_MAX && ms.every(one => one > 0 && one % SAMPLE_MS === 0)
}
