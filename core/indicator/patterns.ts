import type { PatternName } from './pattern.ts'

/** What can be wired to a lane. A colour that is not wired stays dark. */
export const COLOURS = ['green', 'red', 'amber', 'buzzer'] as const

export type Colour = (typeof COLOURS)[number]

/** What is on for `ms` milliseconds. */
export interface Step {
  readonly on: readonly Colour[]
  readonly ms: number
}

/** Plays its steps over and over, until another pattern is shown. */
export interface RepeatingPattern {
  readonly repeats: true
  readonly steps: readonly Step[]
}

/** Plays its steps once and gives way to the last repeating pattern. */
export interface PassingPattern {
  readonly repeats: false
  readonly steps: readonly Step[]
  /**
   * Repeating patterns that cut it short: something new has begun in front of the customer. The others wait for its end, so
   * that what belongs to the same moment ("refused", then "waiting" again) does not wipe it out.
   */
  readonly cutShortBy: ReadonlySet<PatternName>
}

export type Pattern = RepeatingPattern | PassingPattern

export type Patterns = Readonly<Record<PatternName, Pattern>>

const DARK: readonly Colour[] = []
/** The next scan has been sent, or the lights must say so urgently that they do not wait. */
const ATTEMPT: readonly PatternName[] = ['working', 'customer_types', 'unknown']

/** `times` equal flashes, each followed by darkness. */
function flashes(times: number, on: readonly Colour[], onMs: number, offMs: number): readonly Step[] {
  const steps: Step[] = []
  for (let flash = 0; flash < times; flash += 1) steps.push({ on, ms: onMs }, { on: DARK, ms: offMs })
  return steps
}

/**
 * The lights' whole language. Every two differ in rhythm, not only in colour; nothing flashes more than three times a second
 * (photosensitive people stand before it); nothing repeats in darkness, so a dark lane is a dead one; and green never
 * accompanies red or amber, so that a doubt cannot be taken for a payment.
 */
export const PATTERNS: Patterns = {
  /** A short green wink every four seconds: alive, and nothing to do. */
  idle: { repeats: true, steps: flashes(1, ['green'], 200, 3_800) },
  /** Even, slow green: scan please. */
  waiting: { repeats: true, steps: flashes(1, ['green'], 700, 700) },
  /** Even, quick amber: sent, asking. */
  working: { repeats: true, steps: flashes(1, ['amber'], 200, 200) },
  /** Two amber winks and a pause: the customer is typing a password. */
  customer_types: { repeats: true, steps: [...flashes(2, ['amber'], 200, 200), { on: DARK, ms: 800 }] },
  /** Long and short, red and amber: nobody knows yet, do not scan again. */
  unknown: { repeats: true, steps: [...flashes(1, ['red', 'amber'], 1_500, 250), ...flashes(1, ['red', 'amber'], 250, 250)] },
  /** Three red winks and a long pause: this lane takes no charge. */
  not_ready: { repeats: true, steps: [...flashes(3, ['red'], 200, 200), { on: DARK, ms: 1_800 }] },
  /** Steady green, with one short beep: paid. */
  paid: {
    repeats: false,
    steps: [
      { on: ['green', 'buzzer'], ms: 200 },
      { on: ['green'], ms: 2_800 },
    ],
    cutShortBy: new Set<PatternName>(['waiting', ...ATTEMPT]),
  },
  /** Two very long red flashes, each with a long beep: not paid. */
  refused: { repeats: false, steps: flashes(2, ['red', 'buzzer'], 1_200, 250), cutShortBy: new Set(ATTEMPT) },
  /** Two short and a long red flash, the short ones with a beep: this was no code to pay with here. */
  wrong_code: {
    repeats: false,
    steps: [...flashes(2, ['red', 'buzzer'], 200, 200), ...flashes(1, ['red'], 900, 200)],
    cutShortBy: new Set(ATTEMPT),
  },
}

/** What each says to who stands before it. */
export const MEANINGS: Readonly<Record<PatternName, string>> = {
  idle: 'alive, and nothing to do',
  waiting: 'scan please',
  working: 'sent, asking',
  customer_types: 'the customer types a password',
  unknown: 'not known yet: do not scan again',
  not_ready: 'takes no charge',
  paid: 'paid',
  refused: 'not paid',
  wrong_code: 'no code to pay with here',
}

/** The patterns, with other steps for some. What repeats, and what cuts what short, is what they mean, and stays. */
export function withSteps(steps: { readonly [Name in PatternName]?: readonly Step[] | undefined }): Patterns {
  const changed = Object.entries(PATTERNS).map(([name, pattern]) => [
    name,
    { ...pattern, steps: steps[name as PatternName] ?? pattern.steps },
  ])
  return Object.fromEntries(changed) as Patterns
}
