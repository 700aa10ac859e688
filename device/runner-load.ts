import type { CommittedEffect } from '../core/box/effect.ts'

/** How much a runner holds, in numbers. */
export interface RunnerLoad extends HeldBack {
  /** What happened and was not decided yet. */
  readonly mailbox: number
  /** Commits that are not durable yet. */
  readonly commits: number
  /** Commands without an answer. */
  readonly unanswered: number
}

/** What waits for commits: in all, and of that the states of lanes and the answers to commands. */
interface HeldBack {
  readonly heldBack: number
  readonly states: number
  readonly answers: number
}

export function countHeldBack(effects: readonly CommittedEffect[]): HeldBack {
  const count = (kind: CommittedEffect['do']) => effects.filter(effect => effect.do === kind).length
  return { heldBack: effects.length, states: count('tell_state'), answers: count('answer') }
}
