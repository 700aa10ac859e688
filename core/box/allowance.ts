import { LIMITS } from '../limits.ts'

/** Commands that a lane still takes at once, at a moment (monotonic ms); they come back with time. */
interface Bucket {
  readonly left: number
  readonly at: number
}

type Kind = keyof typeof LIMITS.commands

/**
 * How much a lane is asked. Each kind has its own, so that a flood of one does not stop another: above all not a cancel, nor a charge that is
 * repeated because it may be armed already.
 */
export type Allowance = Readonly<Record<Kind, Bucket>>

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['charge', 'charge'],
  ['cancel', 'cancel'],
  ['events', 'events'],
])

/** A lane of which nothing has been asked yet. */
export const WHOLE_ALLOWANCE: Allowance = {
  charge: { left: LIMITS.commands.charge.burst, at: 0 },
  cancel: { left: LIMITS.commands.cancel.burst, at: 0 },
  events: { left: LIMITS.commands.events.burst, at: 0 },
  other: { left: LIMITS.commands.other.burst, at: 0 },
}

/** What is left once a command has been let in, or null where it is one too many. `now` is monotonic ms. */
export function letIn(allowance: Allowance, verb: string, now: number): Allowance | null {
  const kind = KINDS.get(verb) ?? 'other'
  const { burst, perSecond } = LIMITS.commands[kind]
  const { left, at } = allowance[kind]
  const filled = Math.min(burst, left + (Math.max(0, now - at) * perSecond) / 1_000)
  return filled < 1 ? null : { ...allowance, [kind]: { left: filled - 1, at: now } }
}
