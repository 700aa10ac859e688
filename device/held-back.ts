import type { CommittedEffect } from '../core/box/effect.ts'
import type { Row } from '../core/ports.ts'

/** Rows on their way to the disk, and what waits for them. */
export interface Waiting {
  readonly ticket: number
  readonly rows: readonly Row[]
  readonly release: CommittedEffect[]
}

/**
 * Of a lane's states that wait for the same commit only the newest is told: a disk that hangs for hours must not eat the memory. It is told
 * where the older one would have been, before the events.
 */
export function holdBack(release: CommittedEffect[], effect: CommittedEffect): void {
  const older =
    effect.do === 'tell_state' ? release.findIndex(other => other.do === 'tell_state' && other.lane === effect.lane) : -1
  if (older >= 0) release[older] = effect
  else release.push(effect)
}
